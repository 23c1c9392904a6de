"""DOS programs as Unix processes: streams, status, signals, words, directory (tools/masix run)."""
import os
import subprocess

import machine
import pytest

BUSYBOX = machine.BUILD / "packages" / "root" / "bin" / "busybox"
PROGRAMS = machine.BUILD / "tests" / "dos"
TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))


def run(*words, data=b"", adds=()):
    """The tool's CompletedProcess; busybox and the named DOS programs are there."""
    command = [machine.ROOT / "tools" / "masix", "run", "--add", f"{BUSYBOX}:/bin/busybox"]
    for name in adds:
        command += ["--add", f"{PROGRAMS / name}:/dos/{name}"]
    return subprocess.run([*command, "--", *words], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=120 * TIME_SCALE)


def shell(script, adds, data=b""):
    return run("busybox", "sh", "-c", script, adds=adds, data=data)


def test_streams_and_status_are_the_programs():
    done = run("/dos/keys.com", data=b"ab\rline one\nrest", adds=["keys.com"])
    assert (done.stdout, done.stderr, done.returncode) == \
        (b"a[a]b[b]line one\r[line one][rest]", b"", 7)


def test_in_pipelines():
    done = shell("cd /dos; ./hello.com | busybox tr a-z A-Z; printf 'xy\\rl\\nr' | ./keys.com | "
                 "busybox wc -c; ./hello.com > /tmp/o; busybox cat /tmp/o",
                 ["hello.com", "keys.com"])
    assert done.stdout.decode() == "HELLO FROM DOS!\r\n16\nHello from DOS!\r\n"
    assert done.stderr == b""


@pytest.mark.parametrize("name", ["memory.com", "fcb.com"])
def test_self_checks(name):
    done = run(f"/dos/{name}", adds=[name])
    assert b"not ok" not in done.stdout and b"ok " in done.stdout
    assert done.returncode == 0


def test_a_program_that_is_refused_ends_alone():
    done = shell("/dos/lgdt.com; echo $?; /dos/hello.com", ["lgdt.com", "hello.com"])
    assert b"the program has used LGDT" in done.stderr
    assert done.stdout == b"255\nHello from DOS!\r\n"


def test_signals():
    """A second ^C ends a program that never asks DOS for anything; SIGTERM and SIGKILL do at once."""
    done = shell("busybox timeout -s INT 1 busybox timeout -s INT 2 /dos/spin.com; echo $?; "
                 "for s in TERM KILL; do busybox timeout -s $s 1 /dos/spin.com; echo $?; done",
                 ["spin.com"])
    assert done.stdout.decode().split() == ["130", "143", "137"]
