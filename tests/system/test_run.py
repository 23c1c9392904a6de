"""tools/masix run: input, output, status and files of one Unix program, and its own errors."""
import hashlib
import os
import random
import signal
import subprocess
import time

import machine
import pytest
from masix import channel

import clusters

BUSYBOX = machine.BUILD / "packages" / "root" / "bin" / "busybox"
TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))


def run(*words, data=b"", cwd=None):
    """The tool's CompletedProcess; busybox is there."""
    return subprocess.run([machine.ROOT / "tools" / "masix", "run", "--add",
                           f"{BUSYBOX}:/bin/busybox", *map(str, words)], input=data, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=120 * TIME_SCALE)


def test_output_and_status_are_the_programs():
    done = run("--", "busybox", "sh", "-c", 'echo out "$1"; echo err >&2; exit 42', "sh", "a  b")
    assert (done.stdout, done.stderr, done.returncode) == (b"out a  b\n", b"err\n", 42)


def test_a_signal_is_128_and_its_number():
    done = run("busybox", "sh", "-c", "kill -9 $$")
    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 137)


def test_input_is_the_programs():
    data = random.Random(4).randbytes(200000)
    done = run("busybox", "md5sum", data=data)
    assert done.stdout.split()[0].decode() == hashlib.md5(data).hexdigest()
    assert (done.stderr, done.returncode) == (b"", 0)


def test_input_that_nobody_reads_keeps_nobody():
    done = run("busybox", "echo", "done", data=bytes(200000))
    assert (done.stdout, done.returncode) == (b"done\n", 0)


def test_bytes_pass_unchanged():
    data = bytes(range(256)) * 64
    assert run("busybox", "cat", data=data).stdout == data


def test_children_left_behind_do_not_keep_the_node():
    done = run("busybox", "sh", "-c", "sleep 1000 & echo early")
    assert (done.stdout, done.returncode) == (b"early\n", 0)


def test_files_in_and_out(tmp_path):
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "text").write_text("content\n")
    (folder / "script").write_text("#!/bin/busybox sh\necho script $HOME $MORE; pwd; busybox cat link\n")
    (folder / "script").chmod(0o751)
    (folder / "link").symlink_to("inner/text")
    done = run("--add", "folder:/data/here", "--cwd", "/data/here", "--env", "MORE=x=y",
               "--get", "copy:copied", "--get", "/data/here/inner/text:text", "--", "busybox", "sh",
               "-c", "./script; busybox stat -c '%a %F' script link; cp script copy", cwd=tmp_path)
    assert done.stderr == b""
    assert done.stdout.decode() == ("script /root x=y\n/data/here\ncontent\n"
                                    "751 regular file\n777 symbolic link\n")
    assert (tmp_path / "copied").read_bytes() == (folder / "script").read_bytes()
    assert (tmp_path / "copied").stat().st_mode & 0o777 == 0o751
    assert (tmp_path / "text").read_text() == "content\n"


@pytest.mark.parametrize("words, status, said", [
    (["nosuch"], 127, "no such program"),
    (["/bin/nosuch"], 127, "No such file"),
    (["/etc/servers"], 126, "/etc/servers"),
    (["--add", "nosuch:/x", "busybox"], 125, "nosuch"),
    (["--add", "nocolon", "busybox"], 125, "nocolon"),
    (["--get", "/nosuch:x", "--", "busybox", "true"], 125, "/nosuch"),
    (["--cwd", "/nosuch", "busybox", "true"], 127, "No such file"),
    (["--env", "=", "busybox"], 125, "not a variable"),
    (["--mem", "7", "busybox"], 125, "7 MB"),
    (["--nodes", "0", "busybox"], 125, "--nodes 0"),
    (["--nosuch", "busybox"], 125, "--nosuch"),
    ([], 125, "no program"),
])
def test_own_errors(words, status, said, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert done.stdout == b""
    assert said in done.stderr.decode()
    assert done.returncode == status


def test_other_nodes_run_meanwhile():
    """They are there while the program runs, and gone with it."""
    one = subprocess.Popen([machine.ROOT / "tools" / "masix", "run", "--nodes", "2", "--add",
                            f"{BUSYBOX}:/bin/busybox", "--", "busybox", "cat"],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    one.stdin.write(b"line\n")
    one.stdin.flush()
    assert one.stdout.readline() == b"line\n"
    found = [cluster for cluster in clusters.FOLDER.iterdir() if cluster.name.endswith(f"-{one.pid}")]
    assert len(found) == 1
    status, said = clusters.tool("status", "--name", found[0].name)
    assert status == 0 and any(line.split()[:2] == ["node2", "up"] for line in said.splitlines())
    pid = int((found[0] / "node2" / "process").read_text().split()[0])
    assert one.communicate(timeout=60 * TIME_SCALE) == (b"", b"")
    assert one.returncode == 0
    assert not clusters.is_alive(pid) and not found[0].exists()


def start(*words):
    return subprocess.Popen([machine.ROOT / "tools" / "masix", "run", "--add",
                             f"{BUSYBOX}:/bin/busybox", "--", *words], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_at_once():
    both = [start("busybox", "cat") for _ in range(2)]
    for number, one in enumerate(both):
        one.stdin.write(b"%d\n" % number)
        one.stdin.flush()
        assert one.stdout.readline() == b"%d\n" % number
    for one in both:
        assert one.communicate(timeout=60 * TIME_SCALE) == (b"", b"")
        assert one.returncode == 0


def test_the_first_interrupt_is_the_programs():
    script = "trap 'echo caught; exit 9' INT; echo ready; while :; do busybox sleep 0.1; done"
    one = start("busybox", "sh", "-c", script)
    assert one.stdout.readline() == b"ready\n"
    one.send_signal(signal.SIGINT)
    assert one.communicate(timeout=60 * TIME_SCALE) == (b"caught\n", b"")
    assert one.returncode == 9


def test_the_second_interrupt_ends_the_node():
    one = start("busybox", "sh", "-c", "trap '' INT; echo ready; exec busybox sleep 1000")
    assert one.stdout.readline() == b"ready\n"
    one.send_signal(signal.SIGINT)
    time.sleep(0.5)  # or both are one
    one.send_signal(signal.SIGINT)
    one.communicate(timeout=60 * TIME_SCALE)
    assert one.returncode == 130


def test_output_that_nobody_reads_ends_it():
    one = start("busybox", "yes")
    assert one.stdout.readline() == b"y\n"
    one.stdout.close()
    assert one.wait(60 * TIME_SCALE) == 141
    one.stdin.close()
    one.stderr.close()


BASH = BUSYBOX.parent / "bash-static"
RUN = f"tools/masix run --add {BUSYBOX}:/bin/busybox --add {BASH}:/bin/bash"
ASLEEP = "(trap 'echo aw''ake' CONT; echo as''leep; while :; do busybox sleep 0.1; done)\r"


def test_a_terminal_is_the_programs(terminal):
    one = terminal(["sh", "-c", f"{RUN} --env 'PS1=ready> ' -- bash --norc; echo ended=$?; stty -a"])
    one.child.setwinsize(30, 100)
    one.expect("ready> ", 60)
    one.send("busybox stty size; busybox tty\r")
    one.expect("\r\n30 100\r\n/dev/pts/0\r\n.*ready> ")
    one.send(ASLEEP)
    one.expect("\nasleep\r\n")
    one.send("\x03")
    one.expect("\\^C.*ready> ")
    one.send("echo status=$?.\r")
    one.expect("\nstatus=130\\.\r\n.*ready> ")
    one.send(ASLEEP)
    one.expect("\nasleep\r\n")
    one.send("\x1a")
    one.expect("Stopped.*ready> ")
    one.send("kill -9 %1; wait %1\r")
    one.expect("Killed.*ready> ")
    one.send("echo aXb\x1b[D\x1b[D\x1b[C\x7f-\r")
    one.expect("\na-b\r\n.*ready> ")
    one.send("(trap 'busybox stty size; exit 0' WINCH; echo ar''med; while :; do busybox sleep 0.1; done)\r")
    one.expect("\narmed\r\n")
    one.child.setwinsize(40, 120)
    one.expect("40 120\r\n.*ready> ")
    one.send("exit 7\r")
    one.expect("ended=7\r\n")
    one.expect("rows 40; columns 120;.* icrnl .*\nopost .*\nisig icanon ")
    assert one.expect_end() == 0


def test_zsh_on_a_terminal(terminal):
    one = terminal([machine.ROOT / "tools" / "masix", "run", "--add", f"{BUSYBOX}:/bin/busybox",
                    "--add", f"{BUSYBOX.parent / 'zsh-static'}:/bin/zsh", "--env", "PS1=ready> ",
                    "--env", "TERM=dumb", "--", "zsh", "-f"])
    one.expect("ready> ", 60)
    one.send("echo $((6*7))x\r")
    one.expect("42x.*ready> ")
    one.send("\x1b[A\x7fy\r")
    one.expect("42y.*ready> ")
    one.send(ASLEEP)
    one.expect("\nasleep\r\n")
    one.send("\x1a")
    one.expect("suspended.*ready> ")
    one.send("fg\r")
    one.expect("\nawake\r\n")
    one.send("\x03")
    one.expect("ready> ")
    one.send("exit $?\r")
    assert one.expect_end() == 130


def test_a_terminal_that_hangs_up_ends_the_program(tmp_path):
    script = "trap 'echo hangup >/tmp/got; exit 3' HUP; echo armed; while :; do busybox sleep 0.1; done"
    ours, its = os.openpty()
    with subprocess.Popen([machine.ROOT / "tools" / "masix", "run", "--add",
                           f"{BUSYBOX}:/bin/busybox", "--get", f"/tmp/got:{tmp_path}/got", "--",
                           "busybox", "sh", "-c", script], stdin=its, stdout=its, stderr=its) as one:
        os.close(its)
        shown = b""
        while b"armed\r\n" not in shown:
            shown += os.read(ours, 1000)
        os.close(ours)
        assert one.wait(60 * TIME_SCALE) == 3
    assert (tmp_path / "got").read_text() == "hangup\n"


def test_frames_however_they_are_cut():
    chance = random.Random(1)
    sent = [(bytes([chance.randrange(256)]), chance.randbytes(chance.choice((0, 3, 4095, 4096))))
            for _ in range(50)]
    stream = b"".join(channel.frame(kind, data) for kind, data in sent)
    reader, found, place = channel.Reader(), [], 0
    while place < len(stream):
        size = chance.randrange(1, 3000)
        found += reader.take(stream[place:place + size])
        place += size
    assert found == sent
    with pytest.raises(channel.ChannelError):
        reader.take(b"O\0\x01\x10")
