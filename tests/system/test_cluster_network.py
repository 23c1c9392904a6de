"""What becomes of calls between nodes when their nodes and their wire suffer (tools/masix)."""
import re
import shutil
import time

import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster
from test_cluster import attach, typed

ANSWERED = re.compile(r"example@(node\d) answered 100 calls, \d+ us each")


class Asking:
    """Two nodes, and somebody at the first one's console who calls the second one."""

    def __init__(self, terminal):
        self.cluster = Cluster(2, suffix="-network")
        self.screen = None
        self.terminal = terminal

    def sit_down(self):
        self.screen = attach(self.terminal, [TOOL, "console", "1", "--name", self.cluster.name])

    def ping(self):
        """Whether the other node answers; else there is one sentence that says why not."""
        said = typed(self.screen, "ping node2", 60)
        assert len(said) == 1, said
        if ANSWERED.fullmatch(said[0]):
            return True
        assert said[0].startswith("ping: example@node2: "), said
        return False

    def until(self, answers):
        """Calls until it answers, or until it does not."""
        deadline = time.monotonic() + 60 * TIME_SCALE
        while self.ping() != answers:
            if time.monotonic() > deadline:
                pytest.fail(f"node2 does {'not ' if answers else ''}answer; net says:\n" +
                            "\n".join(typed(self.screen, "net") + typed(self.screen, "net counters")))

    def counter(self, name):
        return int(typed(self.screen, f"net counters {name}")[0].split()[1])

    def state(self):
        """What the network server of node1 says of node2."""
        return typed(self.screen, "net")[1].split()[1]

    def wait_state(self, wanted):
        deadline = time.monotonic() + 60 * TIME_SCALE
        while self.state() != wanted:
            assert time.monotonic() < deadline, typed(self.screen, "net")

    def close(self):
        self.cluster.close()
        shutil.rmtree(FOLDER / self.cluster.name, ignore_errors=True)


@pytest.fixture
def asking(terminal):
    made = Asking(terminal)
    try:
        made.sit_down()
        yield made
    finally:
        made.close()


def test_a_node_is_killed_cut_and_frozen(asking):
    """Each time calls end with an error in bounded time, and answers come again afterwards."""
    cluster = asking.cluster
    assert asking.state() == "unknown" and asking.counter("handshakes") == 0
    asking.until(answers=True)
    assert asking.state() == "up" and asking.counter("associations") == 1
    assert cluster.stats(1, 2)["delivered"] > 0 and cluster.stats(2, 1)["delivered"] > 0

    cluster.run("kill", "node2")
    asking.until(answers=False)
    asking.wait_state("unknown")
    assert asking.counter("deaths") == 1
    cluster.run("restart", "node2")
    asking.until(answers=True)
    assert asking.counter("associations") == 2

    cluster.run("cut", "node1/node2")
    asking.until(answers=False)
    assert cluster.stats()["cut"] > 0 and asking.counter("deaths") == 2
    cluster.run("heal")
    asking.until(answers=True)
    assert asking.counter("associations") == 3

    cluster.run("freeze", "node2")
    asking.until(answers=False)
    cluster.run("thaw", "node2")
    asking.until(answers=True)
    assert asking.counter("associations") == 4 and asking.counter("violations") == 0


def test_calls_go_on_over_a_bad_wire(asking):
    cluster = asking.cluster
    cluster.run("loss", "10%", "--duplicate", "5%", "--reorder", "5%", "--corrupt", "1%", "--seed",
                "3")
    asking.until(answers=True)
    assert asking.ping() and asking.ping()
    assert asking.counter("associations") == 1 and asking.counter("deaths") == 0
    assert cluster.stats()["lost"] > 0
