"""What becomes of calls between nodes when their nodes and their wire suffer (tools/masix)."""
import re
import shutil
import time

import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster
from test_cluster import attach, typed

# As "net counters" calls them.
BEGAN, DIED = "associations that began", "peers that died"
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

    def counter(self, text):
        """What the network server of node1 has counted; it shows what is not 0."""
        counters = dict(line.rsplit(None, 1) for line in typed(self.screen, "net counters"))
        return int(counters.get(text, 0))

    def state(self):
        """What the network server of node1 says of node2."""
        return typed(self.screen, "net")[1].split()[1]

    def until_not_up(self):
        deadline = time.monotonic() + 60 * TIME_SCALE
        while self.state() == "up":
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
    assert asking.state() == "up"
    names = typed(asking.screen, "net names")
    assert any(line.startswith("names: found ") for line in names), names
    assert asking.counter("names: found") == 0 and asking.counter("HELLOs answered") == 0
    assert cluster.stats(1, 2)["delivered"] > 0 and cluster.stats(2, 1)["delivered"] > 0
    for harm, words, remedy in (("kill", ["node2"], "restart"), ("cut", ["node1/node2"], "heal"),
                                ("freeze", ["node2"], "thaw")):
        associations, deaths = asking.counter(BEGAN), asking.counter(DIED)
        cluster.run(harm, *words)
        asking.until(answers=False)
        asking.until_not_up()
        assert asking.counter(DIED) > deaths
        cluster.run(remedy, *([] if remedy == "heal" else words))
        asking.until(answers=True)
        assert asking.counter(BEGAN) > associations
    assert cluster.stats()["cut"] > 0 and asking.counter("peers that broke the protocol") == 0


def test_calls_go_on_over_a_bad_wire(asking):
    cluster = asking.cluster
    cluster.run("loss", "10%", "--duplicate", "5%", "--reorder", "5%", "--corrupt", "1%", "--seed",
                "3")
    for _ in range(2):
        asking.until(answers=True)
    assert asking.counter("frames sent") > 200 and asking.counter(BEGAN) > 0
    stats = cluster.stats()
    assert min(stats[fault] for fault in ("lost", "duplicated", "reordered", "corrupted")) > 0
