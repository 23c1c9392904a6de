"""Pictures of a node's screen, read back: glyphs of the adapter's own fonts."""
import pytest

from masix.qmp import Monitor
from masix.screen import dump

ROM_ADDRESS, ROM_BYTES = 0xc0000, 0x10000
COLUMNS = 80


def find_font(rom, rows):
    """The table of 256 glyphs in the VGA's own ROM: by the blocks of code page 437."""
    block, left = bytes([0xff] * rows), bytes([0xf0] * rows)
    for at in range(len(rom) - 256 * rows):
        if (rom[at + 0xdb * rows:at + 0xdc * rows] == block
                and rom[at + 0xdd * rows:at + 0xde * rows] == left
                and rom[at:at + rows] == bytes(rows)):
            return [rom[at + code * rows:at + (code + 1) * rows] for code in range(256)]
    pytest.fail(f"no font of {rows} rows in the VGA's ROM")


def glyph_at(picture, rows, row, column):
    """The cell's dots as a glyph, by the colour of its last dot as ground; and as the inverse."""
    width, _, pixels = picture
    lines = []
    for y in range(row * rows, (row + 1) * rows):
        start = 3 * (y * width + column * (width // COLUMNS))
        lines.append([pixels[start + 3 * x:start + 3 * x + 3] for x in range(8)])
    ground = lines[-1][-1]
    glyph = bytes(sum((dot != ground) << (7 - x) for x, dot in enumerate(line)) for line in lines)
    return glyph, bytes(~byte & 0xff for byte in glyph)


def read_text(picture, font):
    """The lines of text that a picture of a text mode shows; a cell that is no glyph fails."""
    rows = len(font[0])
    codes = {font[code]: code for code in reversed(range(256))} | {font[0x20]: 0x20}
    lines = []
    for row in range(picture[1] // rows):
        line = ""
        for column in range(COLUMNS):
            for glyph in glyph_at(picture, rows, row, column):
                if glyph in codes:
                    line += bytes([codes[glyph]]).decode("cp437")
                    break
            else:
                line += "\ufffd"  # the cursor's cell, among others
        lines.append(line.rstrip())
    return lines


def read_screen(socket, folder, rows):
    """What a running node's screen shows, in glyphs of so many rows: its lines; and the picture."""
    rom = folder / "rom"
    with Monitor(socket) as monitor:
        monitor.run("pmemsave", val=ROM_ADDRESS, size=ROM_BYTES, filename=str(rom))
        picture = dump(monitor)
    return read_text(picture, find_font(rom.read_bytes(), rows)), picture
