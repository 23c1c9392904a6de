"""on NODE PROGRAM: Unix programs of another node from a prompt (programs/on)."""
import shutil
import time

import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster
from test_cluster import attach, typed


@pytest.fixture
def cluster():
    made = Cluster(2, suffix="-on")
    yield made
    made.close()
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def one(screen, line, timeout_s=60):
    """The one line of a command's output."""
    said = typed(screen, line, timeout_s)
    assert len(said) == 1, said
    return said[0]


def until_it_answers(screen):
    """A node that has just started may have no Unix server yet; the sentence says so."""
    deadline = time.monotonic() + 60 * TIME_SCALE
    while (said := typed(screen, "on node2 uname -n", 60)) != ["node2"]:
        assert said[0].startswith("on: node2: "), said
        assert time.monotonic() < deadline, said


def check_program(screen):
    """Where it runs, as whom, with which streams, and its end."""
    until_it_answers(screen)
    assert one(screen, "on node1 hostname") == "node1"
    assert typed(screen, "on node2 sh -c 'id -u; pwd; echo $PATH; echo oops >&2; exit 7'") == [
        "1000", "/", "/bin", "oops", "on: ended with code 7"]
    assert typed(screen, "on node2 sh -c 'kill -TERM $$'") == [
        "on: sh: ended by signal 15", "on: ended with code 143"]
    assert typed(screen, "on node2 nothing") == [
        "on: nothing: No such file or directory", "on: ended with code 255"]
    assert typed(screen, "on node2")[0].startswith("on: usage: on NODE PROGRAM [WORD...]")
    assert typed(screen, "on node9 true") == [
        "on: node9: the cluster has no such node; net lists the others", "on: ended with code 255"]


def check_bytes(screen):
    """A megabyte comes here and goes back, and is the same."""
    assert typed(screen, "on node2 dd if=/dev/urandom of=/tmp/r bs=1024 count=1024")[0] == (
        "1024+0 records in")
    there = one(screen, "on node2 md5sum /tmp/r").split()[0]
    assert typed(screen, "on node2 cat /tmp/r >/tmp/r") == []
    assert one(screen, "on node1 md5sum /tmp/r").split()[0] == there
    assert one(screen, "on node2 md5sum </tmp/r", 60).split() == [there, "-"]


def check_keys(screen):
    """A person's lines are its input, up to ^D; ^C is SIGINT there."""
    screen.send("clear\r")
    screen.wait(lambda there: there.text() == "masix>")
    screen.send("on node2 sh -c 'while read line; do echo \"<$line>\"; done'\rall\r")
    screen.wait("^<all>$")
    screen.send("\x04")
    screen.wait(lambda there: there.text().endswith("\nmasix>"))
    screen.send("on node2 sh -c 'trap \"echo caught; exit 5\" INT; echo waits; read x'\r")
    screen.wait("^waits$")
    screen.send("\x03")
    screen.wait(r"^\^Ccaught\non: ended with code 5\nmasix>")


def check_death(screen, cluster):
    """The node is gone in the middle: one sentence; it comes back, and is used again."""
    screen.send("clear\r")
    screen.wait(lambda there: there.text() == "masix>")
    screen.send("on node2 sh -c 'echo runs; sleep 1000'\r")
    screen.wait("^runs$")
    cluster.run("kill", "node2")
    screen.wait(r"^on: node2: the node is gone, or the way to it is cut\n"
                r"on: ended with code 255\nmasix>", 60)
    assert one(screen, "on node1 echo goes on") == "goes on"
    assert typed(screen, "on node2 true", 60)[0] == (
        "on: node2: it does not answer; net shows the nodes")
    cluster.run("restart", "node2")
    until_it_answers(screen)


def check_hangup(screen):
    """on itself is killed, from the other console: the program there is hung up."""
    screen.send("clear\r")
    screen.wait(lambda there: there.text() == "masix>")
    screen.send("on node2 sh -c 'trap \"echo $$ >/tmp/gone\" HUP; echo waits; "
                "exec 2>/dev/null; sleep 1000'\r")
    screen.wait("^waits$")
    screen.send("\x1d2")
    screen.wait(lambda there: "waits" not in there.text() and there.text().endswith("masix>"))
    native = [line.split()[0] for line in typed(screen, "ps") if line.endswith(" on")
              and " program " in line]
    screen.send(f"kill {native[0]}\r\x1d1")
    screen.wait(r"^on: was killed\nmasix>")
    deadline = time.monotonic() + 20 * TIME_SCALE
    while typed(screen, "on node2 test -s /tmp/gone"):
        assert time.monotonic() < deadline, typed(screen, "on node2 ps")


def test_programs_of_another_node(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
    check_program(screen)
    check_bytes(screen)
    check_keys(screen)
    check_hangup(screen)
    check_death(screen, cluster)
