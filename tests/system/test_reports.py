"""What a person reads when something ends badly, and what a driver's memory shows on the screen."""
import socket

import machine as qemu

ENDS = qemu.BUILD / "tests" / "kernel" / "ends"


def ending(boot, what, append="console=com0 panic-reboot", **fields):
    """Boots tests/kernel/ends.c so that it ends as asked."""
    return boot(modules=[(ENDS, f"{qemu.BOOT_WORDS} what={what}")], append=append, **fields)


def test_user_fault_is_reported(boot):
    """One sentence, where it was and who called, and what happened last, by name."""
    node = ending(boot, "fault")
    node.expect(r'fault: task (\d+) "ends", thread 0x[0-9a-f]+: access to memory that is not there '
                r"\(exception 1, code 1, address 0xdead0\) at eip 0x[0-9a-f]+ "
                r"<write_nowhere\S*\+0x[0-9a-f]+>\r*\n", 60)
    node.expect(r"  from 0x[0-9a-f]+ <outermost_of_the_fault\+0x[0-9a-f]+>\r*\n")
    node.expect(r"  from 0x[0-9a-f]+ <main\+0x[0-9a-f]+>\r*\n")
    node.expect(r"  from 0x[0-9a-f]+ <_start\+0x[0-9a-f]+>\r*\n")
    node.expect(r" +\d+\.\d{6} task 1 thread [0-9a-f]{4}: kernel rpc host_get_time, result 0x0\r*\n")
    node.expect(r"fault at address 0xdead0, eip 0x[0-9a-f]+\r*\n")
    node.expect(r"exception 1, code 1\r*\n")


def test_user_fault_with_bad_frames_is_reported(boot):
    """The chain of frames is the program's own: it may lead anywhere."""
    node = ending(boot, "deep")
    node.expect(r'fault: task \d+ "ends", .* address 0xdead0\)', 60)
    node.expect(r"exception 1, code 1\r*\n")


def test_panic_is_reported(boot):
    """The word panic-test of the kernel's line; with panic-reboot QEMU ends."""
    node = ending(boot, "nothing", append="console=com0 panic-test panic-reboot")
    node.expect(r"panic: the command line asks for a panic, .*\(panic-test\)\r*\n", 60)
    node.expect(r'  in task 0 "kernel", thread 0x[0-9a-f]+\r*\n')
    node.expect(r"  from 0x[0-9a-f]+ <boot_thread\S*\+0x[0-9a-f]+>\r*\n")
    node.expect(r"  from 0x[0-9a-f]+ <kernel_thread_first\+0x[0-9a-f]+>\r*\n")
    node.expect(r"task 1 created\r*\n")
    assert node.expect_end() == 0


def test_panic_without_modules_says_what_to_do(boot):
    node = boot(append="console=com0 panic-reboot")
    node.expect(r"panic: There is no boot module, .*GRUB line", 60)
    assert node.expect_end() == 0


def test_essential_task_ends_the_machine(boot):
    node = ending(boot, "essential")
    node.expect(r'task \d+ "ends" has ended and this machine cannot do without it', 60)
    assert node.expect_end() == 0


def read_until(monitor, mark):
    answer = b""
    while mark not in answer:
        more = monitor.recv(65536)
        assert more, "QEMU's monitor ended"
        answer += more


def screen(path, monitor):
    """QEMU's screen as (width, height, rows of (r, g, b))."""
    read_until(monitor, b"(qemu)")
    monitor.sendall(b"screendump %s\n" % str(path).encode())
    read_until(monitor, b"(qemu)")
    magic, size, depth, pixels = path.read_bytes().split(b"\n", 3)
    assert (magic, depth) == (b"P6", b"255")
    width, height = map(int, size.split())
    assert len(pixels) == 3 * width * height
    return [[tuple(pixels[3 * (y * width + x):][:3]) for x in range(width)]
            for y in range(height)]


def test_mapped_screen_memory_is_the_screen(boot, tmp_path):
    """What a task writes to the device mem at b8000 stands in text mode's 80 columns and 25 rows."""
    path = tmp_path / "monitor"
    node = ending(boot, "screen", extra=["-monitor", f"unix:{path},server,nowait"])
    node.expect("screen: written", 60)
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.settimeout(30)
        monitor.connect(str(path))
        rows = screen(tmp_path / "screen.ppm", monitor)
    width, height = len(rows[0]) // 80, len(rows) // 25

    def cell(column, row):
        return [line[column * width:column * width + 8]
                for line in rows[row * height:(row + 1) * height]]

    white, black = (255, 255, 255), (0, 0, 0)
    # How six bits of the colour become eight is QEMU's choice: a full red, not much of the others.
    colours = {pixel for column in range(80) for line in cell(column, 20) for pixel in line}
    assert len(colours) == 1
    red, green, blue = colours.pop()
    assert red == 255 and green == blue < 100
    for column in range(3):
        assert {pixel for line in cell(column, 21) for pixel in line} == {white, black}
    assert cell(0, 21) == cell(2, 21) != cell(1, 21)
    assert {pixel for line in cell(3, 21) for pixel in line} == {black}
