"""Two nodes from a Unix shell of one: on, with terminals and DOS programs; /net; a death, and a role."""
import re
import shutil
import time

import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster, tool
from test_cluster import attach, typed
from net_files import check_dos as check_dos_files
from net_files import check_prompt, check_unix
from test_on import until_it_answers
from unix_shell import COLUMNS, PROMPT, last, shell

@pytest.fixture
def cluster():
    made = Cluster(2, suffix="-on-unix")
    yield made
    made.close()
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def check_lists(screen):
    """ps, servers and names of another node, and of all."""
    there = typed(screen, "ps node2")
    assert {int(line.split()[0]) >> 16 for line in there[1:]} == {2}
    assert {"gns", "file", "status"} <= {line.split()[-1] for line in there[1:]}
    assert {line.split()[0] for line in typed(screen, "ps")[1:]}.isdisjoint(
        line.split()[0] for line in there[1:])
    both = typed(screen, "servers all")
    assert both[0] == "this node:" and "node2:" in both
    assert [line.split()[2] for line in both if line.startswith("unix ")] == ["runs", "runs"]
    assert ["status", "node2"] in [line.split()[:2] for line in typed(screen, "names node2")]
    assert typed(screen, "ps node9")[0].endswith("(ACS_NAME_NOT_FOUND)")


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
    """Sentences and errors within seconds, and the rest goes on."""
    screen.send("clear\rexec 3</net/node2/etc/servers; on node2 sh\r")
    screen.wait(lambda one: last(one).endswith("/tmp $"))
    cluster.run("kill", "node2")
    screen.wait(lambda one: PROMPT.match(last(one)), 60)
    assert "on: node2: the node is gone, or the way to it is cut" in screen.text()
    assert shell(screen, "cat <&3; echo $?") == ["cat: read error: Input/output error", "1"]
    assert shell(screen, "on node1 uname -n") == ["node1"]
    assert shell(screen, "on node2 true; echo $?") == [
        "on: node2: it does not answer; net shows the nodes", "255"]
    assert shell(screen, "cat /net/node2/etc/motd") == [
        "cat: can't open '/net/node2/etc/motd': Input/output error"]
    assert shell(screen, "cat /etc/motd | wc -l; ls /net") == ["3", "node1"]
    screen.send("\x1d1")
    screen.wait(lambda one: last(one) == "masix>")
    dead = typed(screen, "servers all", 60)
    assert "gns" in [line.split()[0] for line in dead]
    assert dead[-2] == "node2:" and "status@node2: " in dead[-1]
    screen.send("\x1d3")
    screen.wait(lambda one: PROMPT.match(last(one)))


def check_role(screen, cluster):
    """It comes back with another roster: node1 starts nothing there, and is nobody."""
    take_role(cluster)
    cluster.run("restart", "node2")
    deadline = time.monotonic() + 60 * TIME_SCALE
    refused = "on: node2: it refuses: the roster does not let this node start programs on others"
    while shell(screen, "on node2 uname -n; echo $?") != [refused[:COLUMNS], refused[COLUMNS:], "255"]:
        assert time.monotonic() < deadline
    assert shell(screen, "cat /net/node2/etc/motd | wc -l") == ["3"]
    assert shell(screen, "echo x >/net/node2/tmp/x; stat -c %u /net/node2/tmp/x") == ["65534"]


def test_from_a_unix_shell(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
    until_it_answers(screen)
    check_lists(screen)
    check_prompt(screen)
    screen.send("\x1d3")
    screen.wait(lambda there: PROMPT.match(last(there)))
    check_streams(screen)
    check_terminal(screen)
    check_signals(screen)
    check_dos(screen)
    check_unix(screen)
    check_dos_files(screen)
    check_death(screen, cluster)
    check_role(screen, cluster)
