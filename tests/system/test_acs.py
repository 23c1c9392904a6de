"""The ACS's own words: every refusal is a line on the console, and so is the end of a node."""
import pytest

from conftest import qemu
import bootable

LOG_REFUSALS = [
    "refused to register one: the server has registered already",
    "refused to register one: the registration port is another server's",
    "refused to register two: the port belongs to a task other than the one that was started",
    "refused to register three: the roster does not permit this program as that server",
    "refused to register ?: not a name",
    "refused to start three: the roster does not permit this program as that server",
    "refused to start four: the roster does not know this server",
]


def boot_program(boot, name):
    program = next(found for found in bootable.find_all() if found.name == name)
    node = program.machine(qemu.KERNEL)
    return boot(**{field: getattr(node, field) for field in
                   ("modules", "append", "memory_mb", "cpu", "fw_cfg")})


def test_refusals_are_logged(boot):
    node = boot_program(boot, "acs_register")
    node.expect_end()
    said = node.log.read_text(encoding="utf-8")
    for line in LOG_REFUSALS:
        assert f"acs: {line}" in said


def test_wrong_proofs_are_logged(boot):
    node = boot_program(boot, "acs_trusted")
    node.expect("acs: refused to prove itself to one: the proof of the secret is wrong")
    node.expect_end()


@pytest.mark.parametrize("program, words", [
    ("acs_altered", "the roster was not signed with the cluster's key, or it was altered"),
    ("acs_stranger", "the roster does not know this node's key"),
    ("acs_no_roster", "the host gave it no opt/masix/node-key"),
])
def test_a_node_that_cannot_start_says_why(boot, program, words):
    node = boot_program(boot, program)
    node.expect(f"acs: {words}; this node cannot go on")
    node.expect_end()


def test_without_rdrand_it_says_so(boot):
    node = boot_program(boot, "acs_no_random")
    node.expect("acs: no secret will be made, so no server can register: ")
    node.expect_end()
