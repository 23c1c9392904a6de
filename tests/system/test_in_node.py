"""The programs of tests/node, each in a node of its own."""
import machine as qemu
import pytest
import tap
from masix import keys, node

from conftest import TIME_SCALE

PROGRAMS = sorted(path.stem for path in (qemu.ROOT / "tests" / "node").glob("*.c"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, tmp_path):
    archive = qemu.BUILD / "tests" / "node" / f"{name}.cpio"
    fw_cfg = keys.make_node_files("node2", tmp_path)
    machine = node.build_machine(fw_cfg, archive=archive, append=["panic-reboot"])
    outcome = qemu.run(machine, 300 * TIME_SCALE)
    report = tap.parse(outcome.text)
    # A test's end is that of an essential task: the kernel says so, and it is no problem.
    problems = [problem for problem in report.problems if "cannot do without" not in problem]
    assert not report.failed and not problems and report.passed, outcome.text[-3000:]
