"""Tests of tests/kernel whose partner is on another node (tests/remote/README.md)."""
import re

import machine as qemu
import pytest
import tap
from masix import keys, node
from test_segment import Segment

BUILT = qemu.BUILD / "tests" / "remote"
SOURCE = qemu.ROOT / "tests" / "remote"
KERNEL = qemu.ROOT / "tests" / "kernel"
COUNTS = re.compile(r"# by the other node: (\d+) messages, (\d+) tasks")


def read_table(name):
    """The lines of one of our tables, split at their first words."""
    lines = (SOURCE / name).read_text(encoding="utf-8").splitlines()
    return [line.split(" ") for line in lines if line and not line.startswith("#")]


PROGRAMS = [words[0] for words in read_table("programs")]
# {program: (the numbers of its lines that differ, as text, and the words of CAVEATS.md)}
DIFFERENCES = {name: (numbers.split(","), " ".join(words))
               for name, numbers, *words in read_table("differences")}


def caveats():
    """The section "Across nodes" as one line."""
    text = (qemu.ROOT / "CAVEATS.md").read_text(encoding="utf-8")
    return " ".join(re.search(r"^## Across nodes$(.*?)^## ", text, re.M | re.S)[1].split())


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Runs all programs on two nodes, once; what each of them printed."""
    from conftest import Terminal
    folder = tmp_path_factory.mktemp("remote")
    segment = Segment(2, "seed=1")
    terminals = []
    try:
        for number in (1, 2):
            fw_cfg = keys.node_files(f"node{number}", folder / f"node{number}", BUILT / "keys")
            machine = node.build_machine(fw_cfg, archive=BUILT / "remote.cpio",
                                         append=["panic-reboot"],
                                         extra=qemu.segment_card(segment.directory, number))
            machine.check()
            terminals.append(Terminal(machine.command(), number=f"remote{number}"))
        terminals[0].expect("# all programs have run", 180)
        log = terminals[0].log.read_text(encoding="utf-8").replace("\r", "")
    finally:
        for terminal in terminals:
            terminal.close()
        segment.close()
    return {part.split()[0]: part for part in log.split("# program ")[1:]}


@pytest.mark.parametrize("program", PROGRAMS)
def test_partner(logs, program):
    """It passes as it does on one node, but for what CAVEATS.md says of nodes."""
    log = logs[program]
    report = tap.parse(log)
    failed = {number for number, _, outcome in report.lines if outcome == "fail"}
    expected, words = DIFFERENCES.get(program, ([], ""))
    assert words in caveats(), f"CAVEATS.md does not say any more: {words}"
    if expected == ["*"]:
        assert failed or report.problems, f"{program} passes: take it out of the differences"
        return
    may_fail = {int(number.rstrip("?")) for number in expected}
    must_fail = {int(number) for number in expected if not number.endswith("?")}
    assert must_fail <= failed <= may_fail and not report.problems, log[-4000:]
    messages, tasks = COUNTS.search(log).groups()
    assert int(messages) + int(tasks) > 0, "nothing was done by the partner"


def test_all_programs():
    """Every program that makes messages runs so, or says why not."""
    alone = [words[0] for words in read_table("alone")]
    assert all(len(words) > 1 for words in read_table("alone"))
    found = sorted(path.stem for path in KERNEL.glob("*.c")
                   if '"lib/msg.h"' in path.read_text(encoding="utf-8"))
    assert sorted(alone + PROGRAMS) == found
    assert set(DIFFERENCES) <= set(PROGRAMS)
