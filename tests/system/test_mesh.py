"""Every node and every other one: tests/mesh (README.md) on the machines of a segment."""
import os
import time

import machine as qemu
import pytest
from conftest import TIME_SCALE
from masix import keys, node
from test_segment import segments  # noqa: F401 (a fixture)

FOLDER = qemu.BUILD / "tests" / "mesh"
FAULTS = ("loss", 0.1), ("duplicate", 0.05), ("reorder", 0.1), ("corrupt", 0.01)
# Shorter than a node takes to be dead.
CUT_S = 1


@pytest.fixture
def start(boot, segments, tmp_path):  # noqa: F811
    """A function that starts nodes of that archive; the segment and the terminals."""
    def start_nodes(count, archive):
        segment = segments(count, "seed=1")
        terminals = []
        for number in range(1, count + 1):
            fw_cfg = keys.node_files(f"node{number}", tmp_path / f"node{number}", FOLDER / "keys")
            machine = node.build_machine(fw_cfg, archive=FOLDER / f"{archive}.cpio",
                                         append=["panic-reboot"],
                                         extra=qemu.segment_card(segment.directory, number))
            terminals.append(boot(**vars(machine)))
        return segment, terminals
    return start_nodes


def expect_passed(terminals):
    first = terminals[0]
    first.expect(r"1\.\.\d+\r*\n", 180)
    log = first.log.read_text(encoding="utf-8")
    assert "not ok" not in log and "Bail out" not in log, log[-4000:] + terminals[1].log.read_text(
        encoding="utf-8")[-1000:]
    assert first.expect_end() == 0


def test_three_nodes(start):
    """
    Messages of every kind between all, each byte, right and name checked; then the same on a bad
    wire with short partitions, and with a node killed in the middle.
    """
    segment, terminals = start(3, os.environ.get("TEST_MESH", "three"))
    first = terminals[0]
    first.expect("# the wire is bad now", 180)
    segment.ctl(*(f"{fault} * * {share}" for fault, share in FAULTS))
    for groups in ("1/2,3", "1,2/3", "1,3/2"):
        segment.ctl(f"partition {groups}")
        time.sleep(CUT_S)
        segment.ctl("heal")
        time.sleep(CUT_S)
    first.expect("# the wire is good now", 180)
    stats = segment.stats()
    seen = ("lost", "duplicated", "corrupted", "reordered", "cut")
    assert min(stats[fault] for fault in seen) > 0
    segment.ctl(*(f"{fault} * * 0" for fault, _ in FAULTS))
    first.expect("# kill node3 now", 180)
    time.sleep(0.2 * TIME_SCALE)
    terminals[2].close()
    expect_passed(terminals)


def test_four_nodes(start):
    """Four nodes find each other by name and call each other, all at once."""
    _, terminals = start(4, "four")
    expect_passed(terminals)
