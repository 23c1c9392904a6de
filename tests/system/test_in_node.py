"""The programs of tests/node, each in a node of its own."""
import os
import subprocess

import machine as qemu
import pytest
import tap
from masix import keys, node

from conftest import TIME_SCALE

PROGRAMS = sorted(path.stem for path in (qemu.ROOT / "tests" / "node").glob("*.c"))


def long_hostile(tmp_path, seeds):
    """The archive of dos_hostile with more seeds, 0.3 s each: 100 are half a minute of nonsense."""
    (tmp_path / "seeds").write_text(f"{seeds}\n")
    lines = (qemu.BUILD / "tests" / "node" / "dos_hostile.list").read_text()
    (tmp_path / "list").write_text(lines.replace("tests/node/dos_hostile.seeds",
                                                 str(tmp_path / "seeds")))
    subprocess.run([qemu.ROOT / "tools" / "make-archive", tmp_path / "archive", tmp_path / "list"],
                   check=True)
    return tmp_path / "archive"


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, tmp_path):
    archive = qemu.BUILD / "tests" / "node" / f"{name}.cpio"
    if name == "dos_hostile" and "DOS_SEEDS" in os.environ:
        archive = long_hostile(tmp_path, os.environ["DOS_SEEDS"])
    fw_cfg = keys.make_node_files("node2", tmp_path)
    machine = node.build_machine(fw_cfg, archive=archive, append=["panic-reboot"])
    outcome = qemu.run(machine, 300 * TIME_SCALE)
    report = tap.parse(outcome.text)
    # A test's end is that of an essential task: the kernel says so, and it is no problem.
    problems = [problem for problem in report.problems if "cannot do without" not in problem]
    assert not report.failed and not problems and report.passed, outcome.text[-3000:]


def test_altered_server_is_refused(tmp_path):
    """One bit of a server's image: the roster does not permit it, it is said, and the node goes on."""
    image = bytearray((qemu.BUILD / "servers" / "example" / "example").read_bytes())
    image[-1] ^= 1
    (tmp_path / "example").write_bytes(image)
    lines = (qemu.ROOT / "tests" / "node" / "node.list").read_text()
    lines = lines.replace("build/servers/example/example", str(tmp_path / "example"))
    (tmp_path / "list").write_text(lines.replace("build/tests/node/@TEST@",
                                                 "build/programs/hello/hello"))
    subprocess.run([qemu.ROOT / "tools" / "make-archive", tmp_path / "archive", tmp_path / "list"],
                   check=True)
    machine = node.build_machine(keys.make_node_files("node2", tmp_path / "fw_cfg"),
                                 archive=tmp_path / "archive", append=["panic-reboot"])
    outcome = qemu.run(machine, 60 * TIME_SCALE)
    assert "example is not started: the roster does not permit" in outcome.text
    assert "acs: file is registered" in outcome.text
    assert "acs: example is registered" not in outcome.text
    assert '"test" has ended' in outcome.text  # it ran, and ended the node
