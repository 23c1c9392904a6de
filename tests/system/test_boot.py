"""Both ways to boot, the commands of the README, and what the kernel does when nobody runs."""
import socket
import time

import machine as qemu
import pytest

from conftest import FIRST_TASK

GREETING = "I am the first user task"
THE_END = "That is all for now"


def expect_first_task(terminal, name):
    """Waits for what boot/first.c prints, and that it found what the kernel promises."""
    terminal.expect(GREETING, 60)
    terminal.expect(rf"\[0\] {name}\r*\n")
    terminal.expect(r"\[1\] \d+\r*\n")
    terminal.expect(r"\[2\] \d+\r*\n")
    terminal.expect(r"Kernel: \S+")
    terminal.expect(r"Memory: [1-9]\d* KB free")
    terminal.expect(r"Port names: ([1-9]\d*)")
    terminal.expect(THE_END)


def test_boots_by_multiboot_loader(boot):
    """QEMU's -kernel and -initrd: the module's line is what QEMU was given."""
    node = boot(modules=[(FIRST_TASK, qemu.BOOT_WORDS)])
    expect_first_task(node, "build/boot/first")


def test_boots_by_grub_image(boot):
    """The GRUB rescue image: GRUB drops the file's name, so grub.cfg names it twice."""
    image = qemu.BUILD / "masix.iso"
    assert image.exists(), "build/masix.iso does not exist: run make iso"
    node = boot(kernel=None, extra=["-cdrom", str(image), "-boot", "d"])
    expect_first_task(node, "first")


@pytest.mark.parametrize("cpu", [qemu.NODE_CPU, qemu.BENCH_CPU])
def test_boots_on_both_processors(boot, cpu):
    node = boot(modules=[(FIRST_TASK, qemu.BOOT_WORDS)], cpu=cpu)
    node.expect(THE_END, 60)


@pytest.mark.parametrize("cpu", ["486-v1", qemu.NODE_CPU + ",-pse"])
def test_says_what_an_old_processor_lacks(boot, cpu):
    node = boot(modules=[(FIRST_TASK, qemu.BOOT_WORDS)], cpu=cpu)
    node.expect(r"needs a processor with CMOV and 4 MB pages", 60)


def test_programs_use_the_call_gate_where_sysenter_is_missing(boot):
    node = boot(modules=[(FIRST_TASK, qemu.BOOT_WORDS)], cpu=qemu.NODE_CPU + ",-sep")
    node.expect(THE_END)


@pytest.mark.parametrize("memory_mb", [16, 64, 1024])
def test_boots_with_little_and_much_memory(boot, memory_mb):
    node = boot(modules=[(FIRST_TASK, qemu.BOOT_WORDS)], memory_mb=memory_mb)
    match = node.expect(r"Memory: (\d+) KB free", 60)
    assert int(match[1]) <= memory_mb * 1024
    node.expect(THE_END)


def test_kernel_command_line_reaches_the_boot_script(boot):
    """FOO=BAR on the kernel's line is ${FOO} in a module's."""
    node = boot(modules=[(FIRST_TASK, qemu.BOOT_WORDS + " word=${flavour}")],
                append="console=com0 flavour=bitter")
    node.expect(r"word=bitter\r*\n", 60)


def test_make_run_and_leave(terminal):
    """`make run` shows node1 on this terminal; the keys it names end the cluster."""
    node = terminal(["make", "--no-print-directory", "run"])
    node.expect("cluster main, 2 nodes", 300)
    node.expect("node2 +up after", 120)
    node.expect("Ctrl-A and then: X leaves, N next node")
    node.expect("masix>", 120)
    node.send("\x01x")
    node.expect("Cluster main was stopped")
    assert node.expect_end() == 0


def test_make_run_of_one_program(terminal):
    node = terminal(["make", "--no-print-directory", "run", "MODULE=build/boot/first"])
    node.expect("Leave with Ctrl-A, then X")
    expect_first_task(node, "build/boot/first")
    node.send("\x01x")
    assert node.expect_end() == 0


def free_port():
    """A TCP port of the local host that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def registers(monitor):
    """Asks QEMU's monitor for the processor's state."""
    monitor.sendall(b"info registers\n")
    answer = b""
    while b"HLT=" not in answer:
        more = monitor.recv(65536)
        assert more, "QEMU's monitor ended"
        answer += more
    return answer.decode("utf-8", "replace")


def test_idle_kernel_halts(boot, tmp_path):
    """With every thread asleep the processor stands at hlt, rather than spinning."""
    path = tmp_path / "monitor"
    node = boot(modules=[(FIRST_TASK, qemu.BOOT_WORDS)],
                extra=["-monitor", f"unix:{path},server,nowait"])
    node.expect(THE_END, 60)
    halted = 0
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.settimeout(30)
        monitor.connect(str(path))
        for _ in range(20):
            time.sleep(0.05)
            halted += "HLT=1" in registers(monitor)
    # A sample may fall into a clock tick; spinning would show none at hlt.
    assert halted >= 15, f"halted in {halted} of 20 samples"


def test_gdb_knows_kernel_and_module(terminal, tmp_path):
    """`make debug`: stopped at reset, with the symbols of both."""
    script = tmp_path / "script"
    script.write_text("info line main\ninfo line panic\nprint/x $pc\nkill\nquit\n")
    node = terminal(["make", "--no-print-directory", "debug", f"GDB_SCRIPT={script}",
                     f"DEBUG_PORT={free_port()}"])
    node.expect("Stopped at reset", 60)
    node.expect(r"Line \d+ of .*first\.c")
    node.expect(r"Line \d+ of .*panic\.c")
    # Where an x86 processor begins (Intel SDM vol. 3, 9.1.4).
    node.expect("0xfff0")
    assert node.expect_end() == 0


def test_panic_shows_functions_without_frame_pointers(boot):
    """The way into the kernel is told, whether or not the functions on it keep frame pointers."""
    node = boot(modules=[])
    node.expect(r"panic: ", 60)
    node.expect(r"from 0x\w+ <bootstrap_start\S*>")
    node.expect(r"from 0x\w+ <boot_thread\S*>")
    node.expect(r"from 0x\w+ <kernel_thread_first\S*>")
