"""The whole story, on four nodes at once, three times over: from the first screen to the last process.

What each part does in depth, other files test; here they stand in one cluster, at the consoles of its
nodes, as people have them.
"""
import os
import pathlib
import re
import shutil
import time

import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster, tool
from test_cluster import attach, typed
from test_side_by_side import OTHER_HALF, SPLIT, lower, say, upper
from unix_shell import PROMPT, last, shell

ROUNDS = 3
NODES = 4
MEMORY_MB = 64
PROMPT_CONSOLE, UNIX_CONSOLE = "\x1d1", "\x1d3"
DOS_PROMPT = re.compile(r"^C:\\[A-Z]*>$")
FIRST_SCREEN = """\
Masix. Type help and press Enter. servers, ps, names and log tell what runs,
net what the other nodes do. A Unix shell: Alt-F3 (Ctrl-] 3 on a serial line),
Alt-F1 comes back. A DOS program: dos /dos/hello.com
This is node1.
masix>"""


class Started(Cluster):
    """What `make run NODES=4` starts, on a terminal."""

    def __init__(self):
        self.name, self.nodes = f"test-{os.getpid()}-story", NODES
        self.words = [TOOL, "start", "--console", "-n", NODES, "--name", self.name]


@pytest.fixture
def cluster():
    made = Started()
    yield made
    made.close()
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def to_unix(screen):
    screen.send(UNIX_CONSOLE)
    screen.wait(lambda there: PROMPT.match(last(there)))


def to_prompt(screen):
    screen.send(PROMPT_CONSOLE)
    screen.wait(lambda there: last(there) == "masix>")


def until(ready):
    """Waits until a node that has just started has what is asked for."""
    deadline = time.monotonic() + 60 * TIME_SCALE
    while not ready():
        assert time.monotonic() < deadline


# ------------------------------------------------------------------------------------ one node

def play_unix_and_dos(screen):
    """A pipeline with a DOS program in the middle; a Unix program started from the DOS prompt."""
    to_unix(screen)
    assert shell(screen, "printf 'two\\none\\n' | /dos/upper.com | sort") == ["ONE", "TWO"]
    screen.send("clear\rdos\r")
    screen.wait(lambda there: DOS_PROMPT.match(last(there)))
    screen.send("uname -sn\r")
    screen.wait(r"^Linux node1\n+C:\\.*>$")
    screen.send("exit\r")
    screen.wait(lambda there: PROMPT.match(last(there)))


def play_side_by_side(screen):
    """bash above, a DOS prompt below, both at one file; in the memory that a node has."""
    assert shell(screen, "echo from Unix >/tmp/both.txt") == []
    screen.send(SPLIT + OTHER_HALF + PROMPT_CONSOLE)
    screen.wait(lambda there: lower(there).endswith("masix>"))
    screen.send("dos\r")
    screen.wait(lambda there: lower(there).endswith("C:\\>"))
    screen.send("echo from DOS>>\\tmp\\both.txt\r")
    screen.wait(lambda there: lower(there).endswith("both.txt\n\nC:\\>"))
    screen.send(OTHER_HALF)
    say(screen, "cat /tmp/both.txt; rm /tmp/both.txt", upper, "from Unix\nfrom DOS")
    screen.send(OTHER_HALF + "exit\r")
    screen.wait(lambda there: lower(there).endswith("masix>"))
    screen.send(SPLIT)
    screen.wait(lambda there: last(there) == "masix>")


# ----------------------------------------------------------------------------------- all nodes

def play_on(screen):
    """Programs of other nodes, Unix and DOS ones, in pipelines; a shell there."""
    to_unix(screen)
    until(lambda: shell(screen, "for n in 1 2 3 4; do on node$n uname -n; done") == [
        "node1", "node2", "node3", "node4"])
    assert re.fullmatch(r"Linux node2 .*i\d86 GNU/Linux",
                        "".join(shell(screen, "on node2 uname -a")))
    assert shell(screen, "printf 'd\\nc\\n' >here.txt; on node3 /dos/upper.com <here.txt | sort"
                 ) == ["C", "D"]
    there = re.compile(r"^there> *$")
    screen.send("clear\rPS1='there> ' on node4 sh\r")
    screen.wait(lambda one: there.match(last(one)))
    assert shell(screen, "uname -n; tty", prompt=there) == ["node4", "/dev/pts/0"]
    screen.send("exit\r")
    screen.wait(lambda one: PROMPT.match(last(one)))


def play_lists(screen):
    """ps, servers and names of the whole cluster; the screen shows the last ones of a long list."""
    to_prompt(screen)
    for command in ("ps", "servers", "names"):
        assert "node4:" in typed(screen, f"{command} all", 60)
    for number in (2, 3, 4):
        there = typed(screen, f"ps node{number}")[1:]
        assert {int(line.split()[0]) >> 16 for line in there} == {number}
        assert {"gns", "unix", "bash"} <= {line.split()[-1] for line in there}
    assert ["unix", "runs"] in [line.split()[::2][:2] for line in typed(screen, "servers node3")]
    assert ["status", "node2"] in [line.split()[:2] for line in typed(screen, "names node2")]


def play_files(screen):
    """A file of node 2 on node 1, for Unix and for DOS."""
    to_unix(screen)
    assert shell(screen, "on node2 sh -c 'uname -n >/tmp/told'; cat /net/node2/tmp/told") == [
        "node2"]
    screen.send("clear\rdos\r")
    screen.wait(lambda there: DOS_PROMPT.match(last(there)))
    screen.send("type \\net\\node2\\tmp\\told\r")
    screen.wait(r"^node2$")
    screen.send("exit\r")
    screen.wait(lambda there: PROMPT.match(last(there)))
    assert shell(screen, "ls /net | tr -s ' ' '\\n'") == ["node1", "node2", "node3", "node4"]


# ------------------------------------------------------------------------- a death, and a return

def play_death(screen, cluster):
    """A node is killed under a shell: a sentence, errors; what runs on others goes on."""
    shell(screen, "busybox mkfifo told; on node3 cat <told >after & exec 4>told")
    screen.send("clear\rexec 3</net/node2/tmp/told; PS1='there> ' on node2 sh\r")
    screen.wait(lambda there: last(there).startswith("there>"))
    cluster.run("kill", "node2")
    screen.wait(lambda there: PROMPT.match(last(there)))
    assert "on: node2: the node is gone, or the way to it is cut" in screen.text()
    assert shell(screen, "cat <&3; on node2 true; echo $?; exec 3<&-") == [
        "cat: read error: Input/output error",
        "on: node2: it does not answer; net shows the nodes", "255"]
    assert shell(screen, "for n in 1 3 4; do on node$n uname -n; done; ls /net") == [
        "node1", "node3", "node4", "node1  node3  node4"]
    shell(screen, "echo through it >&4; exec 4>&-; wait")
    assert shell(screen, "cat after; rm -f told after") == ["through it"]
    assert cluster.states() == {"node1": "up", "node2": "killed", "node3": "up", "node4": "up"}


def play_return(screen, cluster):
    """It comes back, empty, and is used again."""
    cluster.run("restart", "node2")
    until(lambda: shell(screen, "on node2 uname -n") == ["node2"])
    until(lambda: shell(screen, "cat /net/node2/etc/motd | wc -l") == ["3"])
    assert shell(screen, "on node2 /dos/hello.com | /dos/upper.com") == ["HELLO FROM DOS!"]
    assert shell(screen, "ls /net; ls /net/node2/tmp") == ["node1  node2  node3  node4"]


# -------------------------------------------------------------------------------------- the end

def processes_of(cluster):
    """Everything of this machine that names the cluster: nodes, the wire, the tool."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if cluster.name in words:
            found[int(path.parent.name)] = words
    return found


def check_memory(cluster):
    """The nodes have 64 MB, in which Unix and DOS programs have run at the same time."""
    for number in range(1, NODES + 1):
        words = processes_of(cluster)[cluster.process(f"node{number}")]
        assert f" -m {MEMORY_MB} " in words, words


def leave(screen, cluster):
    """One key ends all that was started, and leaves no process."""
    assert len(processes_of(cluster)) >= NODES + 2
    screen.send("\x01x")
    assert screen.terminal.expect_end() == 0
    assert processes_of(cluster) == {}
    assert tool("status", "--name", cluster.name)[0] == 1


def play(screen, cluster):
    assert screen.text() == FIRST_SCREEN
    play_unix_and_dos(screen)
    play_side_by_side(screen)
    check_memory(cluster)
    play_on(screen)
    play_lists(screen)
    play_files(screen)
    play_death(screen, cluster)
    play_return(screen, cluster)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_the_story(number, cluster, terminal):
    screen = attach(terminal, cluster.words)
    play(screen, cluster)
    leave(screen, cluster)
