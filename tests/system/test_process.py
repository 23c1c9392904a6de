"""Ends that the node does not survive: one sentence, and the machine restarts."""
import machine as qemu

CHILD = qemu.BUILD / "tests" / "kernel" / "programs" / "process_child"
PROCESS = (qemu.BUILD / "servers" / "process" / "process",
           "${host-port} ${device-port} ${test} $(task-create) $(task-resume)")


def archive(name):
    return (qemu.BUILD / "tests" / "kernel" / "programs" / name, "$(archive=ramdisk-create)")


def test_end_of_an_essential_server(boot):
    """A test plays the ACS; its /etc/servers has a file server that ends at once."""
    acs = (qemu.BUILD / "tests" / "kernel" / "server_process", qemu.BOOT_WORDS)
    node = boot(modules=[acs, PROCESS, archive("process_failure.cpio")])
    node.expect(r'task \d+ "file" has ended and this machine cannot do without it: restarting', 60)
    assert node.expect_end() == 0


def test_end_of_the_acs(boot):
    """It ends before it has met anybody; the process server started it."""
    acs = (CHILD, "die $(test=task-create)")
    node = boot(modules=[acs, PROCESS, archive("process.cpio")])
    node.expect(r'task \d+ "process_child" has ended and this machine cannot do without it', 60)
    assert node.expect_end() == 0
