"""Messages between nodes: tests/gns on the machines of a segment."""
import machine as qemu
import pytest
from masix import keys, node
from test_segment import segments  # noqa: F401 (a fixture)

FOLDER = qemu.BUILD / "tests" / "gns"


class Cluster:
    """Nodes of tests/gns on one segment."""

    def __init__(self, boot, segment, folder):
        self.boot, self.segment, self.folder = boot, segment, folder

    def start(self, number):
        fw_cfg = keys.node_files(f"node{number}", self.folder / f"node{number}", FOLDER / "keys")
        machine = node.build_machine(fw_cfg, archive=FOLDER / "gns.cpio", append=["panic-reboot"],
                                     extra=qemu.segment_card(self.segment.directory, number))
        return self.boot(**vars(machine))


@pytest.fixture
def cluster(boot, segments, tmp_path):  # noqa: F811
    """A function that makes a segment for so many nodes."""
    return lambda nodes, *faults: Cluster(boot, segments(nodes, "seed=1"), tmp_path)


def expect_passed(terminal):
    terminal.expect(r"1\.\.\d+\r*\n", 180)
    log = terminal.log.read_text(encoding="utf-8")
    assert "not ok" not in log and "Bail out" not in log, log[-4000:]
    assert terminal.expect_end() == 0


def test_three_nodes(cluster):
    """
    Every kind of message and right. Then a node is killed, and the network server of another one;
    both are started again, and the same goes over a bad wire.
    """
    nodes = cluster(3)
    first, second, _ = [nodes.start(number) for number in (1, 2, 3)]
    first.expect("# kill node2 now", 180)
    second.close()
    first.expect("nobody can send to it", 60)
    nodes.start(2)
    first.expect("# the wire is bad", 120)
    nodes.segment.ctl("loss * * 0.1", "duplicate * * 0.05", "reorder * * 0.1", "corrupt * * 0.01")
    expect_passed(first)
    stats = nodes.segment.stats()
    assert min(stats[fault] for fault in ("lost", "duplicated", "corrupted", "reordered")) > 0
