"""A node as a person sees it: tools/masix boot, the prompt's commands, the screen, the end."""
import os
import pathlib
import re
import struct
import subprocess
import time
import zlib

import machine as qemu
import pytest

from conftest import TIME_SCALE
from serial_screen import SerialScreen

TOOL = qemu.ROOT / "tools" / "masix"
NAME = "node3"  # not the one that a person boots meanwhile
LOCK = qemu.BUILD / "nodes" / NAME / "lock"
PROMPT = "masix>"
CYCLES = re.compile(r"ready on console 0, (\d+) million cycles")


class Node:
    """A node booted on a terminal, and somebody who types."""

    def __init__(self, terminal, *words, name=NAME):
        self.terminal = terminal([TOOL, "boot", "--name", name, *words])
        self.terminal.expect("Leave with Ctrl-A, then X")
        self.screen = SerialScreen(self.terminal, TIME_SCALE)
        self.wait_prompt(120)

    def last_line(self):
        return self.screen.text().rsplit("\n", 1)[-1]

    def wait_prompt(self, timeout_s=30):
        self.screen.wait(lambda screen: screen.started and self.last_line() == PROMPT, timeout_s)

    def run(self, line, timeout_s=30):
        """Types a command on an empty screen; returns the lines of its output."""
        self.screen.send("clear\r")
        self.screen.wait(lambda screen: screen.text() == PROMPT)
        self.screen.send(line + "\r")
        self.screen.wait(lambda screen: screen.text() != PROMPT and self.last_line() == PROMPT,
                         timeout_s)
        lines = self.screen.text().split("\n")
        assert lines[0] == f"{PROMPT} {line}" or len(lines) == 25
        assert all(len(line) <= 80 for line in lines)
        return lines[1:-1]

    def expect_end(self):
        return self.terminal.expect_end()

    def leave(self):
        self.terminal.send("\x01x")
        return self.expect_end()


def table(lines):
    """{first word: further words} of the lines below a table's head."""
    return {words[0]: words[1:] for words in (line.split() for line in lines[1:]) if words}


@pytest.fixture(scope="module")
def node(request):
    """One node for the tests that only look and type."""
    import conftest
    terminals = []

    def start(words):
        terminals.append(conftest.Terminal([str(word) for word in words], None, "node"))
        return terminals[-1]

    request.addfinalizer(lambda: [one.close() for one in terminals])
    return Node(start)


# ---------------------------------------------------------------------------------- the commands

def test_help_lists_every_command(node):
    lines = node.run("help")
    for command in ("ps", "servers", "names", "log", "counters", "ls", "cat", "kill", "run"):
        assert any(line.split()[0] == command for line in lines), command
    assert node.run("help ls") == ["  ls       [-l] [PATH...]     what is in a directory"]
    assert "no such command" in node.run("help nothing")[0]


def test_ps_and_servers_and_names(node):
    servers = table(node.run("servers"))
    assert set(servers) == {"gns", "file", "console", "example", "status", "prompt1", "prompt2", "unix", "shell"}
    assert all(words[1] == "runs" for words in servers.values()), servers
    processes = {line.split()[-1]: line.split() for line in node.run("ps")[1:]}
    for name, words in servers.items():
        assert processes[name][0] == words[0]
    assert processes["file"][2:4] == ["server", "runs"]
    assert processes["prompt1"][2:4] == ["program", "runs"]
    names = table(node.run("names"))
    for name in ("gns", "file", "console", "example"):
        assert names[name][0] == "node3" and names[name][2] == "registered"


def test_without_a_card_the_network_server_stays(node):
    assert sum("gns: no network card" in line for line in node.run("log all")) == 1


def test_log_and_counters(node):
    assert any("ready on console 0" in line for line in node.run("log 20"))
    assert len(node.run("log 3")) == 3
    assert node.run("log x") == ['log: x: not a number of lines, nor "all"']
    counters = dict(line.split() for line in node.run("counters vm_"))
    assert int(counters["vm_faults"]) > 100
    assert "no counter" in node.run("counters nothing")[0]


def test_files(node):
    assert node.run("ls /")[0].split() == ["bin", "dev", "dos", "etc", "lib", "net",
                                           "proc", "servers", "tmp"]
    assert node.run("cat /etc/motd")[0].startswith("Masix. Type help and press Enter.")
    assert any(re.match(r"crw-rw-rw- +1 +0 +0 +1, 3 .* null$", line)
               for line in node.run("ls -l /dev"))
    assert node.run("mkdir /tmp/a") == []
    assert node.run("cd /tmp/a") == []
    assert node.run("pwd") == ["/tmp/a"]
    assert node.run("echo 'two  words' and >f") == []
    assert node.run("echo more >>f") == []
    assert node.run("cat f") == ["two  words and", "more"]
    assert node.run("cp f g") == []
    assert node.run("mv g h") == []
    assert node.run("ln -s f s") == []
    assert node.run("ls") == ["f  h  s"]
    assert node.run("ls -l s")[0].endswith("s -> f")
    assert node.run("cat s") == ["two  words and", "more"]
    assert node.run("cp f f") == ["cp: f: it is the same file"]
    assert node.run("rmdir /tmp/a") == [
        "rmdir: /tmp/a: the directory is not empty (FILE_ENOTEMPTY)"]
    assert node.run("rm f h s") == []
    assert node.run("cd") == []
    assert node.run("rmdir /tmp/a") == []
    assert node.run("cat /tmp/a") == [
        "cat: /tmp/a: there is no such file or directory (FILE_ENOENT)"]
    assert node.run("cat /etc") == ["cat: /etc: it is a directory (FILE_EISDIR)"]


def test_programs(node):
    assert node.run("run /bin/hello one 'two words'") == [
        "Hello from a program.", "  word 1: one", "  word 2: two words"]
    assert node.run("hello exit 3")[-1] == "hello: ended with code 3"
    assert node.run("hello fault")[-1].startswith("hello: ended by a fault")
    assert any("crash" in line for line in node.run("log 20"))
    node.run("hello raw")  # and lines are edited and echoed as before
    node.screen.send("echo wrong\x17right\r")
    node.screen.wait(f"^{PROMPT} echo right\nright\n{PROMPT}$")
    assert node.run("run /etc/motd")[0].endswith("(FILE_EACCES)")
    assert node.run("nothing") == [
        "nothing: no such command or program; help lists the commands"]
    assert node.run("kill") == ["kill: usage: kill ID|NAME..."]
    assert node.run("kill 12345") == ["kill: 12345: there is no such process (PROCESS_NOT_FOUND)"]
    assert node.run("kill file")[0].endswith("(PROCESS_NOT_PERMITTED)")


def test_interrupt_key_and_end_of_input(node):
    node.run("cd /")
    node.screen.send("hello stay\r")
    node.screen.wait("word 1: stay")
    node.screen.send("\x03")
    node.screen.wait("hello: was killed")
    node.wait_prompt()
    node.screen.send("half a line\x03")
    node.wait_prompt()
    node.screen.send("\x04")
    node.screen.wait("the end of input ends no prompt")
    node.wait_prompt()


def test_two_consoles(node):
    node.run("echo on the first console")
    node.screen.send("\x1d2")
    node.screen.wait("^Masix. Type help")
    assert node.run("echo second") == ["second"]
    node.screen.send("\x1d1")
    node.screen.wait("^on the first console$")


# ------------------------------------------------------------------------------------- restarts

def test_killed_console_comes_back_with_its_screen(node):
    node.run("echo this stays on the screen")
    node.screen.send("kill console\r")
    node.screen.wait(lambda screen: f"{PROMPT} kill console" in screen.text()
                     and "this stays on the screen" in screen.text()
                     and node.last_line() == PROMPT, 60)
    servers = table(node.run("servers", 60))
    assert servers["console"][1] == "runs" and int(servers["console"][2]) >= 1
    assert node.run("echo again") == ["again"]


def test_console_killed_again_and_again(node):
    """While the prompt writes, too: what stood on the screen stays, and the prompt goes on."""
    node.run("echo the first line")
    for number in range(4):
        node.screen.send(f"echo number {number}\r")
        node.screen.send("kill console\r")
        node.screen.wait(lambda screen: screen.text().count(f"{PROMPT} kill console") == number + 1
                         and node.last_line() == PROMPT, 60)
    lines = node.screen.text().split("\n")
    assert lines.count("the first line") == 1
    assert all(lines.count(f"number {number}") == 1 for number in range(4)), lines
    node.run("start console")


def test_killed_prompt_comes_back(node):
    node.run("cd /tmp")
    node.screen.send("kill prompt1\r")
    node.screen.wait("^Masix. Type help", 60)
    node.wait_prompt()
    assert node.run("pwd") == ["/"]


def test_killed_example_comes_back(node):
    before = table(node.run("servers"))["example"]
    assert node.run("kill example") == []
    for _ in range(100):
        after = table(node.run("servers"))["example"]
        if after[1] == "runs" and int(after[2]) == int(before[2]) + 1:
            break
    assert after[0] != before[0] and after[1] == "runs"
    assert table(node.run("names"))["example"][2] == "registered"


# ----------------------------------------------------------------------------------- the screen

def tool(*words):
    """Runs tools/masix; returns (status, output)."""
    done = subprocess.run([TOOL, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def decode_png(data):
    """(width, height, pixels of three bytes); every checksum is checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0]
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (8, 2) and b"IEND" in chunks
    raw = zlib.decompress(chunks[b"IDAT"])
    assert len(raw) == height * (1 + 3 * width)
    assert all(raw[y * (1 + 3 * width)] == 0 for y in range(height))
    return width, height, [raw[y * (1 + 3 * width) + 1:(y + 1) * (1 + 3 * width)]
                           for y in range(height)]


def test_screen_is_saved_as_png(node, tmp_path):
    """As many rows of the picture have text as the terminal shows lines."""
    node.run("echo x")
    path = tmp_path / "screen.png"
    status, said = tool("screen", str(path), "--name", NAME)
    assert status == 0 and "720x400" in said
    width, height, rows = decode_png(path.read_bytes())
    assert (width, height) == (720, 400)
    lit = [any(any(row) for row in rows[16 * line:16 * line + 16]) for line in range(25)]
    assert lit[:3] == [True, True, True] and not any(lit[3:])
    status, said = tool("screen", "/nowhere/x.png", "--name", NAME)
    assert status == 1 and "No such file or directory" in said and "may write" in said


def test_a_node_runs_once(node):
    status, said = tool("boot", "--name", NAME)
    assert status == 1 and "running already" in said and "--name" in said


def test_two_nodes_at_once(node, terminal, tmp_path):
    other = Node(terminal, name="node2")
    assert any("node2" in line for line in other.run("names"))
    assert not any("node2" in line for line in node.run("names"))
    path = str(tmp_path / "screen.png")
    status, said = tool("screen", path)
    assert status == 1 and "several run" in said and "node2 node3" in said
    assert tool("screen", path, "--name", "node2")[0] == 0
    assert other.leave() == 0
    assert tool("screen", path)[0] == 0


# --------------------------------------------------------------------------- life of the machine

@pytest.mark.parametrize("signal", [1, 15, 9])
def test_a_killed_tool_leaves_no_machine(terminal, signal):
    """However tools/masix ends, its QEMU goes with it."""
    person = Node(terminal, name="node2")
    pid = int((LOCK.parents[1] / "node2" / "lock").read_text())
    os.kill(person.terminal.child.pid, signal)
    for _ in range(100):
        if not pathlib.Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    pytest.fail(f"QEMU (process {pid}) is still there")


def test_leaving_leaves_nothing(terminal):
    """After the last test's node: the same name again, in 48 MB."""
    close_node()
    person = Node(terminal, "--mem", "48")
    pid = int(LOCK.read_text())
    assert pathlib.Path(f"/proc/{pid}").exists()
    assert person.leave() == 0
    assert not pathlib.Path(f"/proc/{pid}").exists()
    assert [path.name for path in LOCK.parent.iterdir() if path.name not in ("lock", "qemu.log")] \
        == []


def test_prompt_within_instructions(terminal):
    """From reset to the prompt, all servers measured: less than 4 G instructions, in 48 MB."""
    close_node()
    person = Node(terminal, "--mem", "48", "--icount")
    match = CYCLES.search("".join(person.run("log 20")))
    assert match and int(match[1]) < 4000
    assert person.leave() == 0


def test_boots_by_grub(terminal):
    close_node()
    person = Node(terminal, "--iso")
    assert person.run("echo it is") == ["it is"]
    assert person.leave() == 0


def close_node():
    """Ends the module's node, if it runs: its name is needed."""
    try:
        pid = int(LOCK.read_text())
    except (OSError, ValueError):
        return
    if pathlib.Path(f"/proc/{pid}").exists():
        os.kill(int(pathlib.Path(f"/proc/{pid}/stat").read_text().split()[3]), 15)
    for _ in range(100):
        if LOCK.read_text().strip() == "":
            return
        time.sleep(0.1)


# ------------------------------------------------------------------------------------ the errors

@pytest.mark.parametrize("words, expected", [
    (["screen", "x.png", "--name", "nobody"], "it does not run"),
    (["boot", "--name", "Bad Name"], "not a name"),
    (["boot", "--name", ".."], "not a name"),
    (["boot", "--name", "stranger"], "boot/roster.conf"),
    (["boot", "--mem", "1"], "choose 48"),
    (["boot", "--keys", "/nowhere"], "there is no such folder"),
    (["keys"], "keys --help"),
    (["keys", "show", "/nowhere"], "/nowhere"),
])
def test_errors_say_what_to_do(words, expected):
    if words[0] == "boot" and "--name" not in words:
        words = [*words, "--name", "node2"]
    status, said = tool(*words)
    assert status == 1 and expected in said, said


@pytest.mark.parametrize("words", [[], ["boot"], ["screen"], ["keys"]])
def test_help_for_each_command(words):
    status, said = tool(*words, "--help")
    assert status == 0 and said.startswith("usage: tools/masix")


def test_unix_shell_on_a_console(terminal):
    """Debian's bash on console 2: a pipeline, a job that is stopped, continued and interrupted."""
    close_node()
    person = Node(terminal, "--mem", "64")

    def type_until(keys, shown):
        person.screen.send(keys)
        person.screen.wait(lambda screen: shown in screen.text(), 60)

    type_until("\x1d3", "This is /bin/bash")
    type_until("echo hello | tr a-z A-Z; echo $((6*7))\r", "HELLO\n42")
    type_until("echo go; cat\r", "\ngo")
    type_until("ping\r", "ping\nping")
    type_until("\x1a", "Stopped")
    type_until("fg\r", "fg\ncat")
    type_until("pong\r", "pong\npong")
    type_until("\x03", "^C")
    type_until("echo still $((40+3))\r", "still 43")
    assert person.leave() == 0
