"""The console server from outside: typed at on the serial line, looked at on the screen."""
import socket
import time

import machine as qemu
import pytest

from conftest import TIME_SCALE
from pictures import ROM_ADDRESS, ROM_BYTES, find_font
from serial_screen import SerialScreen

SERVER = qemu.BUILD / "servers" / "console" / "console"
CLIENT = qemu.BUILD / "tests" / "kernel" / "console_client"


def modules(server_words):
    """The server with these words, and the program that answers what is typed."""
    return [(CLIENT, qemu.BOOT_WORDS + " server=${console} what=serve"),
            (SERVER, "${host-port} ${device-port} " + server_words +
             " $(console=task-create) $(task-resume)")]


# ---------------------------------------------------------------------------- the serial line

@pytest.fixture
def line(boot):
    """A terminal on the serial line of a machine whose only console it is."""
    node = boot(modules=modules("screen=no"), serial="chardev:line",
                extra=["-chardev", "stdio,id=line,signal=off"])
    screen = SerialScreen(node, TIME_SCALE)
    screen.wait("^ready>", 60)
    return screen


def test_lines_are_edited(line):
    line.send("helx\x7flo wrong\x17right\r")
    line.wait(r"^got: hello right\.$")
    line.send("this goes\x15\r")
    line.wait(r"^got: \.$")
    line.send("caf\u00e9s\x7f\x7f\u00e9!\r")
    line.wait("^ready> caf\u00e9!$")
    line.wait(r"^got: ca")
    line.send("a\tb\x16\x03\r")
    line.wait(r"^ready> a        b\^C$")
    line.send("\x04")
    line.wait(r"^ready> the end of file\.$")


def test_signals_are_events(line):
    line.send("lost\x03")
    line.wait(r"^ready> lost\^C *signal 0$")
    line.send("x\x1a")
    line.wait(r"\^Z *signal 7$")
    line.send("found\r")
    line.wait(r"^got: found\.$")


def test_output_stops_and_goes_on(line):
    line.send("\x13stopped\r")
    line.wait(r"^ready> stopped$")
    assert "got" not in line.text()
    line.send("\x11")
    line.wait(r"^got: stopped\.$")


def test_long_output_ends_as_it_should(line):
    """Of what scrolls by faster than the line is, the last screen is shown, whole."""
    line.send("many\r")
    line.wait(lambda screen: screen.line(23) == "line 199 of many"
              and screen.line(24) == "ready>")
    assert [line.line(row) for row in range(23)] == [f"line {176 + row} of many"
                                                     for row in range(23)]


def test_history_moves_with_keys(line):
    line.send("many\r")
    line.wait("^line 199 of many\nready>")
    line.send("\x1db")
    line.wait(lambda screen: screen.line(24) == "line 188 of many")
    line.send("\x1df")
    line.wait("^line 199 of many\nready>")


def test_consoles_are_switched_and_split(line):
    line.send("here\r")
    line.wait(r"^got: here\.$")
    line.send("\x1d2")
    line.wait(lambda screen: screen.text() == "")
    line.send("\x1d1")
    line.wait(r"^got: here\.$")
    line.send("two\r")
    line.wait(lambda screen: len([row for row in range(50) if screen.line(row)]) == 50)
    line.send("\x1do")
    line.send("\x1ds")
    line.wait(lambda screen: not screen.line(25))


def test_terminal_is_drawn_anew(line):
    line.send("seen\r")
    line.wait(r"^got: seen\.$")
    line.rows = [["?"] * len(row) for row in line.rows]
    line.send("\x1dr")
    line.wait(lambda screen: screen.text() == "ready> seen\ngot: seen.\nready>")


def test_a_full_line_rings(line):
    for _ in range(70):
        line.send("x" * 60)
        line.wait(lambda screen: True)
    line.wait(lambda screen: screen.bells > 0)


def test_a_program_draws_and_reads_keys(line):
    """A grid of cells becomes UTF-8; a terminal's keys become scan codes; the text comes back."""
    line.send("draw\r")
    line.wait("\u263a\u263b\u2665")
    line.wait("\u2554")
    line.send("A\x1b[Aq")
    match = line.wait(r"^keys((?: [0-9a-f]{2})*)$")
    assert match[1].split() == ["2a", "1e", "9e", "aa", "e0", "48", "e0", "c8", "10", "90"]
    line.wait("^ready> draw")


# ----------------------------------------------------------------------------------- the screen

class Monitor:
    """QEMU's monitor: keys in, pictures and memory out."""

    def __init__(self, path, folder):
        self.folder = folder
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(str(path))
        self._answer()

    def _answer(self):
        answer = b""
        while not answer.endswith(b"(qemu) "):
            more = self.socket.recv(65536)
            assert more, "QEMU's monitor ended"
            answer += more
        return answer.decode("utf-8", "replace")

    def command(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self._answer()

    def type(self, text):
        names = {" ": "spc", "\n": "ret"}
        for character in text:
            self.command(f"sendkey {names.get(character, character)} 20")
            time.sleep(0.05)  # the monitor does not wait until the key is let go

    def memory(self, address, count):
        path = self.folder / "memory"
        self.command(f'pmemsave {address:#x} {count} "{path}"')
        return path.read_bytes()

    def picture(self):
        """(width, height, pixels of three bytes)."""
        path = self.folder / "picture"
        self.command(f"screendump {path}")
        magic, size, depth, pixels = path.read_bytes().split(b"\n", 3)
        assert (magic, depth) == (b"P6", b"255")
        width, height = map(int, size.split())
        return width, height, pixels


def colour_of(index):
    """One of the sixteen, as the VGA's converter has it, in eight bits."""
    if index == 6:
        return (170, 85, 0)
    light = 85 if index & 8 else 0
    return tuple(light + (170 if index >> bit & 1 else 0) for bit in (2, 1, 0))


def wrong_cells(picture, cells, font):
    """The places where the picture does not show the cell: glyph and both colours."""
    width, height, pixels = picture
    rows = len(font[0])
    cell_width = width // 80
    if (width, height) != (cell_width * 80, rows * len(cells)):
        return [f"a picture of {width}x{height}"]
    wrong = []
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            glyph = font[cell & 0xff]
            colours = (colour_of(cell >> 12), colour_of(cell >> 8 & 15))
            for y in range(rows):
                start = 3 * ((row * rows + y) * width + column * cell_width)
                for x in range(8):
                    wanted = colours[glyph[y] >> (7 - x) & 1]
                    got = pixels[start + 3 * x:start + 3 * x + 3]
                    if any(abs(a - b) > 6 for a, b in zip(wanted, got)):
                        wrong.append((row, column))
                        break
                else:
                    continue
                break
    return wrong


@pytest.fixture
def node(boot, tmp_path):
    """A machine with its consoles on the screen; the kernel has the serial line."""
    path = tmp_path / "monitor"
    terminal = boot(modules=modules("serial=none"),
                    extra=["-monitor", f"unix:{path},server,nowait"])
    terminal.expect("ok 1 - ", 60)  # the console is open
    return terminal, Monitor(path, tmp_path)


def cells_of(terminal, name):
    """The 25 rows of cells that the program prints on the kernel's line."""
    rows = []
    for row in range(25):
        match = terminal.expect(rf"{name} {row}:((?:[0-9a-f]{{4}}){{80}})\r*\n")
        rows.append([int(match[1][i:i + 4], 16) for i in range(0, 320, 4)])
    return rows


def wait_for_picture(monitor, cells, font):
    """Pictures are taken until one is right: the server draws when it comes to it."""
    end = time.monotonic() + 20 * TIME_SCALE
    while True:
        wrong = wrong_cells(monitor.picture(), cells, font)
        if not wrong or time.monotonic() > end:
            break
        time.sleep(0.1)
    assert not wrong, f"{len(wrong)} cells are not as they should be: {wrong[:10]}"


def test_screen_shows_the_cells(node):
    """Every glyph in many colours, read back from the picture; and the keyboard."""
    terminal, monitor = node
    monitor.type("fill\n")
    cells = cells_of(terminal, "upper")
    assert len({cell & 0xff for line in cells for cell in line}) > 200
    font = find_font(monitor.memory(ROM_ADDRESS, ROM_BYTES), 16)
    wait_for_picture(monitor, cells, font)


def test_two_consoles_one_above_the_other(node):
    """80x50: two full consoles, in glyphs of eight rows."""
    terminal, monitor = node
    monitor.type("two\n")
    cells = cells_of(terminal, "upper") + cells_of(terminal, "lower")
    font = find_font(monitor.memory(ROM_ADDRESS, ROM_BYTES), 8)
    wait_for_picture(monitor, cells, font)


def test_idle_consoles_halt_the_processor(node):
    """Nobody types, nothing changes: no timer runs, no interrupt asks again."""
    _, monitor = node
    monitor.type("x\n")
    time.sleep(0.5)
    halted = 0
    for _ in range(20):
        time.sleep(0.02)
        halted += "HLT=1" in monitor.command("info registers")
    # A sample may fall into a clock tick.
    assert halted >= 15, f"halted in {halted} of 20 samples"


def test_three_keys_restart_the_machine(node):
    terminal, monitor = node
    monitor.socket.sendall(b"sendkey ctrl-alt-delete\n")
    assert terminal.expect_end() == 0
