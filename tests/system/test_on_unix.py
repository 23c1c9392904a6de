"""on from a Unix shell: streams, a shell with a terminal, DOS programs, a node's death and return."""
import re
import shutil
import time

import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster, tool
from test_cluster import attach, typed
from test_on import until_it_answers

PROMPT = re.compile(r"^~ \$$")
COLUMNS = 80


@pytest.fixture
def cluster():
    made = Cluster(2, suffix="-on-unix")
    yield made
    made.close()
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def last(screen):
    return (screen.text().splitlines() or [""])[-1]


def shell(screen, line, timeout_s=60, prompt=PROMPT):
    """The lines of a command's output in the Unix shell."""
    assert len(line) + 8 < COLUMNS, "the line is to stay one"
    screen.send("clear\r")
    screen.wait(lambda there: prompt.match(there.text()))
    screen.send(line + "\r")
    screen.wait(lambda there: "\n" in there.text() and prompt.match(last(there)), timeout_s)
    return screen.text().splitlines()[1:-1]


def check_streams(screen):
    """Standard input, output and error, status, pipes, files, directory, user."""
    assert shell(screen, "on node2 uname -n") == ["node2"]
    assert shell(screen, "printf 'b\\na\\n' | on node2 cat | sort") == ["a", "b"]
    assert shell(screen, "on node2 sh -c 'pwd; id -u; echo e >&2' 2>/tmp/e | cat; cat /tmp/e"
                 ) == ["/tmp", "1000", "e"]
    assert shell(screen, "X=5 on node2 sh -c 'echo $X; exit 7'; echo $?") == ["5", "7"]
    assert shell(screen, "on node2 sort </etc/servers | md5sum >/tmp/there") == []
    assert shell(screen, "sort /etc/servers | md5sum | grep -cf /tmp/there") == ["1"]
    assert shell(screen, "on node2 nothing; echo $?") == [
        "on: nothing: No such file or directory", "255"]
    assert shell(screen, "on node9 true; echo $?") == [
        "on: node9: the cluster has no such node; net lists the others", "255"]
    assert shell(screen, "on node2 yes | head -n 2") == ["y", "y"]
    assert shell(screen, "on node2 sh -c 'kill -9 $$'; echo $?") == [
        "on: sh: ended by signal 9", "137"]


def check_terminal(screen):
    """A shell there: line editing, ^C, jobs, the size, an editor; then this one again."""
    there = re.compile(r"^there> *$")
    screen.send("clear\rPS1='there> ' on node2 sh; echo status=$?\r")
    screen.wait(lambda one: there.match(last(one)))
    assert shell(screen, "uname -n; tty; stty size; echo $TERM", prompt=there) == [
        "node2", "/dev/pts/0", "25 80", "linux"]
    assert shell(screen, "echo onn\x7fe; echo a\x1b[D\x1b[Cb", prompt=there) == ["one", "ab"]
    screen.send("clear\rsleep 1000\r")
    screen.wait(lambda one: last(one) == "there> sleep 1000")
    screen.send("\x1a")
    screen.wait(lambda one: there.match(last(one)) and "Stopped" in one.text())
    screen.send("fg\r")
    screen.wait(lambda one: last(one) == "sleep 1000")
    screen.send("\x03")
    screen.wait(lambda one: there.match(last(one)))
    screen.send("vi /tmp/edited\r")
    screen.wait(lambda one: one.line(0) == "" and one.line(1) == "~" and one.line(23) == "~")
    screen.send("ione line\x1b")
    screen.wait(lambda one: one.line(24).startswith("- /tmp/edited [Modified]"))
    screen.send(":wq\r")
    screen.wait(lambda one: there.match(last(one)))
    assert shell(screen, "cat /tmp/edited", prompt=there) == ["one line"]
    screen.send("exit 3\r")
    screen.wait(lambda one: PROMPT.match(last(one)))
    assert "\nstatus=3\n" in screen.text()
    assert shell(screen, "uname -n; stty -a | grep -c ' icanon'") == ["node1", "1"]
    assert shell(screen, "cat /tmp/edited; on node2 cat /tmp/edited") == [
        "cat: can't open '/tmp/edited': No such file or directory", "one line"]


def check_signals(screen):
    """A job that stops, goes on and is interrupted, here and there."""
    screen.send("clear\ron node2 sh -c 'trap \"echo caught; exit 5\" INT; echo up; read x' | cat\r")
    screen.wait("^up$")
    screen.send("\x03")
    screen.wait(lambda one: "caught" in one.text() and PROMPT.match(last(one)))
    screen.send("clear\ron node2 sh -c 'echo on; while :; do sleep 1; done' | cat\r")
    screen.wait("^on$")
    screen.send("\x1a")
    screen.wait(lambda one: "Stopped" in one.text() and PROMPT.match(last(one)))
    deadline = time.monotonic() + 20 * TIME_SCALE
    while not [line for line in shell(screen, "on node2 ps -o stat,args | grep '[o]n; w'")
               if line.startswith("T")]:
        assert time.monotonic() < deadline
    screen.send("clear\r")
    screen.wait(lambda one: PROMPT.match(one.text()))
    screen.send("fg\r")
    screen.wait(lambda one: "while" in one.text())
    screen.send("\x03")
    screen.wait(lambda one: PROMPT.match(last(one)))
    while shell(screen, "on node2 ps -o stat,args | grep '[o]n; w'"):
        assert time.monotonic() < deadline


def check_dos(screen):
    """DOS programs there; and one of there started from DOS here."""
    assert shell(screen, "on node2 /dos/hello.com | tr a-z A-Z") == ["HELLO FROM DOS!"]
    assert shell(screen, "on node2 /dos/hello.com") == ["Hello from DOS!"]
    screen.send("clear\rdos\r")
    screen.wait(lambda one: last(one).endswith(">"))
    screen.send("on node2 uname -n\r")
    screen.wait(r"^node2$")
    screen.send("exit\r")
    screen.wait(lambda one: PROMPT.match(last(one)))


def take_role(cluster):
    """A roster that lets node1 start nothing elsewhere; a node has it from its next start on."""
    conf = FOLDER / cluster.name / "roster.conf"
    text = conf.read_text()
    assert "node node1 1 may-start-tasks may-publish" in text
    conf.write_text(text.replace("node1 1 may-start-tasks", "node1 1"))
    status, said = tool("keys", "development", FOLDER / cluster.name / "keys", conf)
    assert status == 0, said


def check_death(screen, cluster):
    """A sentence, and the rest goes on; it comes back with another roster, and refuses."""
    screen.send("clear\ron node2 sh\r")
    screen.wait(lambda one: last(one).endswith("/tmp $"))
    cluster.run("kill", "node2")
    screen.wait(lambda one: PROMPT.match(last(one)), 60)
    assert "on: node2: the node is gone, or the way to it is cut" in screen.text()
    assert shell(screen, "on node1 uname -n") == ["node1"]
    assert shell(screen, "on node2 true; echo $?") == [
        "on: node2: it does not answer; net shows the nodes", "255"]
    take_role(cluster)
    cluster.run("restart", "node2")
    deadline = time.monotonic() + 60 * TIME_SCALE
    refused = "on: node2: it refuses: the roster does not let this node start programs on others"
    while shell(screen, "on node2 uname -n; echo $?") != [refused[:COLUMNS], refused[COLUMNS:], "255"]:
        assert time.monotonic() < deadline


def test_from_a_unix_shell(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
    until_it_answers(screen)
    screen.send("\x1d3")
    screen.wait(lambda there: PROMPT.match(last(there)))
    check_streams(screen)
    check_terminal(screen)
    check_signals(screen)
    check_dos(screen)
    check_death(screen, cluster)
