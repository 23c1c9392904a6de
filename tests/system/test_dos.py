"""DOS programs at the prompt of a node: text in the terminal, typed lines, a screen of their own."""
import time

import machine as qemu
import pytest
from masix import screen as picture_of
from masix.qmp import Monitor

from conftest import TIME_SCALE
from test_node import Node


@pytest.fixture(scope="module")
def node(request):
    import conftest
    terminals = []

    def start(words):
        terminals.append(conftest.Terminal([str(word) for word in words], None, "dos"))
        return terminals[-1]

    request.addfinalizer(lambda: [one.close() for one in terminals])
    return Node(start, name="node2")


def begin(node, line):
    """Types a command that will want keys, on an empty screen."""
    node.screen.send("clear\r")
    node.screen.wait(lambda screen: screen.text() == "masix>")
    node.screen.send(line + "\r")


def test_prints(node):
    assert node.run("dos /dos/hello.com") == ["Hello from DOS!"]
    assert node.run("run /bin/dos C:\\\\DOS\\\\HELLO.COM") == ["Hello from DOS!"]
    assert node.run("dos /dos/nothing.exe") == ["dos: /dos/nothing.exe: there is no such file",
                                                "dos: ended with code 1"]


def test_typed_lines_and_keys(node):
    node.run("cd /dos")
    begin(node, "dos typed.com")
    node.screen.wait(r"^Name\? *$")
    node.screen.send("Adz\x7fa\r")
    node.screen.wait(r"^Hello, Ada\. Press a key: *$")
    node.screen.send("\x1b[A")
    node.screen.wait(r"Press a key: 48[0E]0$")
    node.wait_prompt()
    assert "dos: ended with code 2" in node.screen.text()
    node.run("cd /")


def waits(node):
    """How often threads have waited for a time or a word until now (another console's prompt says it)."""
    return int(node.run("counters gsync_waits")[0].split()[-1])


def test_a_waiting_prompt_does_nothing(node):
    """A program that waits for a key does not wake: neither to look for it, nor to tick.  (One that
    has INT 28h for itself, as typed.com, is called with each tick, as DOS does.)"""
    begin(node, "dos")
    node.screen.wait(r"^C:\\>$")
    node.screen.send("\x1d2")
    before = waits(node)
    time.sleep(2)
    after = waits(node)
    node.screen.send("\x1d1")
    node.screen.wait(r"^C:\\>$")
    node.screen.send("exit\r")
    node.wait_prompt()
    # Its clock alone would have waited 36 times.
    assert after - before < 20, after - before


def test_break_ends_a_program(node):
    begin(node, "dos /dos/typed.com")
    node.screen.wait(r"^Name\? *$")
    node.screen.send("some\x03")
    node.screen.wait(r"^Name\? some\^C$")
    node.wait_prompt()
    assert node.run("echo still here") == ["still here"]


def test_break_ends_a_program_with_interrupts_off(node):
    begin(node, "dos /dos/stuck.com")
    node.screen.wait("^stuck")
    node.screen.send("\x03")
    node.screen.wait(r"^stuck\^C")
    node.wait_prompt()


def test_screen(node):
    begin(node, "dos /dos/screen.com")
    node.screen.wait(lambda screen: screen.line(3) == " " * 5 + "\u2500" * 10
                     and screen.line(10) == " " * 20 + "Drawn by a DOS program")
    node.screen.send("\x1bOP")  # F1
    node.wait_prompt()
    assert "dos: ended with code 59" in node.screen.text()
    assert "Drawn by a DOS program" in node.screen.text()  # the last screen can still be read


def look(node):
    """(width, height, bytes) of what the machine's own screen shows."""
    with Monitor(str(qemu.BUILD / "nodes" / "node2" / "qmp")) as monitor:
        return picture_of.dump(monitor)


def wait_look(node, wanted):
    end = time.monotonic() + 20 * TIME_SCALE
    seen = look(node)
    while not wanted(seen) and time.monotonic() < end:
        time.sleep(0.1)
        seen = look(node)
    assert wanted(seen), f"{seen[0]}x{seen[1]}"


def letters(seen):
    """The pixels of the first six characters of a text screen."""
    width, height, rgb = seen
    assert (width, height) == (720, 400)
    return [rgb[y * width * 3:y * width * 3 + 6 * 9 * 3] for y in range(16)]


def drawn_by_picture_com():
    """640x400, for a VGA doubles the pixels of 320x200."""
    colours = [bytes(part << 2 | (part & 1) * 3 for part in (i >> 2, 63 - (i >> 2), 3 * i & 63))
               for i in range(256)]
    rows = [b"".join(2 * colours[(x ^ y) & 255] for x in range(320)) for y in range(200)]
    return 640, 400, b"".join(row + row for row in rows)


def test_picture(node):
    """Mode 13h on the machine's screen, pixel by pixel; keys show another console and this again."""
    node.screen.send("clear\r")
    node.screen.wait(lambda screen: screen.text() == "masix>")
    before = letters(look(node))
    node.screen.send("dos /dos/picture.com\r")
    picture = drawn_by_picture_com()
    wait_look(node, lambda seen: seen == picture)
    node.screen.send("\x1d2")
    wait_look(node, lambda seen: seen[0] == 720)
    node.screen.send("\x1d1")
    wait_look(node, lambda seen: seen == picture)
    node.screen.send("q")
    node.screen.wait("^dos: ended with code 113$")
    node.screen.send("clear\r")
    node.screen.wait(lambda screen: screen.text() == "masix>")
    wait_look(node, lambda seen: seen[0] == 720 and letters(seen) == before)


def drawn_by_cga_com():
    colours = [bytes(part << 2 | (part & 1) * 3 for part in colour) for colour in
               ((0, 0, 0x2a), (0x15, 0x3f, 0x3f), (0x3f, 0x15, 0x3f), (0x3f, 0x3f, 0x3f))]
    rows = [b"".join(2 * colours[(x // 8 + y // 8) & 3] for x in range(320)) for y in range(200)]
    return 640, 400, b"".join(row + row for row in rows)


def test_cga_picture(node):
    """Mode 4 with a blue ground, pixel by pixel."""
    node.screen.send("clear\r")
    node.screen.wait(lambda screen: screen.text() == "masix>")
    node.screen.send("dos /dos/cga.com\r")
    picture = drawn_by_cga_com()
    wait_look(node, lambda seen: seen == picture)
    node.screen.send("q")
    node.screen.wait("^dos: ended with code 4$")


def test_fifty_rows(node):
    """INT 10h, 1112: the last of fifty rows is the last eight lines of dots."""
    node.screen.send("clear\r")
    node.screen.wait(lambda screen: screen.text() == "masix>")
    node.screen.send("dos /dos/lines50.com\r")
    white = b"\xff" * (720 * 3)
    wait_look(node, lambda seen: seen[:2] == (720, 400) and seen[2][392 * 720 * 3:] == 8 * white
              and white not in seen[2][384 * 720 * 3:392 * 720 * 3])
    node.screen.send("q")
    node.screen.wait("^dos: ended with code 50$")
    assert "row forty-nine" in node.screen.text()
    node.screen.send("clear\r")
    node.screen.wait(lambda screen: screen.text() == "masix>")
    wait_look(node, lambda seen: seen[:2] == (720, 400) and white not in seen[2])


def test_the_shell(node):
    """COMMAND.COM at the prompt: editing, the last line again, ^C in a batch file."""
    begin(node, "dos")
    node.screen.wait(r"^C:\\>")
    node.screen.send("echo on\x7f\x7fone\r")
    node.screen.wait(r"^one")
    node.screen.send("\x1bOR two\r")  # F3: the line before
    node.screen.wait(r"^one two")
    node.screen.send("echo @echo off> \\tmp\\wait.bat\r" "echo pause>> \\tmp\\wait.bat\r"
                     "echo echo not seen>> \\tmp\\wait.bat\r" "\\tmp\\wait\r")
    node.screen.wait(r"^Press any key to continue \. \. \.")
    node.screen.send("\x03")
    node.screen.wait(r"^Terminate batch job \(Y/N\)\?")
    node.screen.send("y")
    node.screen.send("echo st" "ill here\r")
    node.screen.wait(r"^still here")
    assert "not seen" not in node.screen.text().replace("echo not seen", "")
    node.screen.send("cls\r")
    node.screen.wait(lambda screen: screen.text().strip() == "C:\\>")
    node.screen.send("\\dos\\screen\r")  # from here on the machine's cells are what is seen
    node.screen.wait("Drawn by a DOS program")
    node.screen.send("\x1bOP")
    node.screen.wait(r"^C:\\>")
    node.screen.send("cls\r")
    node.screen.wait(lambda screen: screen.text().strip() == "C:\\>")
    node.screen.send("exit 5\r")
    node.wait_prompt()
    assert "dos: ended with code 5" in node.screen.text()


def test_on_a_unix_console(node):
    """DOS programs of a Unix shell: lines, keys, a screen of their own, and the DOS shell with ^C."""
    def type_until(keys, shown):
        node.screen.send(keys)
        node.screen.wait(lambda screen: shown in screen.text(), 60)

    type_until("\x1d3", "This is /bin/bash")
    type_until("cd /dos; ./typed.com\r", "Name?")
    type_until("Bob\x7fb\r", "Hello, Bob. Press a key:")
    type_until("x", "Press a key: 2D")
    type_until("./scans.com\r", "ready")
    type_until("A", "ready 2A 1E 9E AA")
    type_until("\x1b", "AA 01 81")
    type_until("echo [$?]\r", "[9]")
    type_until("./screen.com\r", "Drawn by a DOS program")
    type_until("\x1bOP", "$")
    type_until("echo [$?]\r", "[59]")
    type_until("dos\r", "C:\\DOS>")
    type_until("ls /dos | grep ty\r", "typed.com")
    type_until("some", "some")
    type_until("\x03", "some^C")
    type_until("exit 6\r", "$")
    type_until("echo [$?]\r", "[6]")
    type_until("./stuck.com\r", "stuck")
    node.screen.send("\x03\x03")
    node.screen.wait(r"^/dos \$ *$", 60)
    type_until("echo [$?]\r", "[130]")
    node.screen.send("\x1d1")
    node.wait_prompt()
