"""Unix and DOS side by side: the 80x50 screen, a shell in one half and a DOS program in the other,
both at the same file; in one pipeline; and each started from the other."""
import re
import shutil

import machine as qemu
import pytest
from masix import png

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster
from pictures import read_screen
from serial_screen import SerialScreen

HALF = 25  # rows
PICTURE = qemu.BUILD / "side-by-side.png"  # the README's: docs/side-by-side.png is a copy of it
UNIX, PROMPT = "\x1d3", "\x1d1"  # which console the half with the focus shows
SPLIT, OTHER_HALF = "\x1ds", "\x1do"


@pytest.fixture
def cluster():
    made = Cluster(1, suffix="-side")
    yield made
    made.close()
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def upper(screen):
    return "\n".join(screen.line(row) for row in range(HALF)).rstrip()


def lower(screen):
    return "\n".join(screen.line(row) for row in range(HALF, 2 * HALF)).rstrip()


def say(screen, line, half, answer):
    """Types a line into the half with the focus; its answer (a pattern) comes before the prompt."""
    screen.send(line + "\r")
    screen.wait(lambda there: re.search(rf"{re.escape(line)}\n{answer}\n.*[$>]$", half(there)))


def check_one_file(screen):
    """What one half writes the other one reads."""
    screen.send(UNIX)
    screen.wait(lambda there: upper(there).endswith("$"))
    say(screen, "uname -nm; bash --version | grep -o 'bash, version [^ ]*'", upper,
        r"node1 i\d86\nbash, version \S+")
    say(screen, "echo from Unix | tee /tmp/both.txt", upper, "from Unix")
    screen.send(SPLIT + OTHER_HALF + PROMPT)
    screen.wait(lambda there: lower(there).endswith("masix>"))
    screen.send("dos\r")
    screen.wait(lambda there: lower(there).endswith("C:\\>"))
    say(screen, "type \\tmp\\both.txt", lower, "from Unix\n")
    screen.send("echo from DOS>>\\tmp\\both.txt\r")
    screen.wait(lambda there: lower(there).endswith("both.txt\n\nC:\\>"))
    screen.send(OTHER_HALF)
    say(screen, "cat /tmp/both.txt", upper, "from Unix\nfrom DOS")
    say(screen, "echo in one pipeline | /dos/hello.com | tr a-z A-Z; echo $?", upper,
        "HELLO FROM DOS!\n0")
    screen.send(OTHER_HALF + "dir \\tmp\r")
    screen.wait(lambda there: re.search(r"BOTH +TXT [^>]* bytes free\n+C:\\>$", lower(there)))


def check_each_from_the_other(screen):
    screen.send(OTHER_HALF + "clear\rdos\r")
    screen.wait(lambda there: upper(there).endswith("C:\\TMP>"))
    screen.send("uname -s\r")
    screen.wait(r"^Linux\n+C:\\TMP>$")
    screen.send("exit\r")
    screen.wait(lambda there: upper(there).endswith("$"))


def test_a_shell_above_a_dos_program(cluster, terminal, tmp_path):
    screen = SerialScreen(terminal([TOOL, "console", "1", "--name", cluster.name]), TIME_SCALE)
    screen.wait(lambda there: there.started and there.text().endswith("masix>"), 60)
    check_one_file(screen)
    # The picture shows what the serial line says: a screen of 80x50, cell by cell.
    lines, picture = read_screen(FOLDER / cluster.name / "node1" / "qmp", tmp_path, 8)
    PICTURE.write_bytes(png.encode(*picture))
    assert len(lines) == 2 * HALF and picture[:2] == (720, 400)
    assert [line.replace("\ufffd", " ").rstrip() for line in lines] == [
        screen.line(row) for row in range(2 * HALF)]
    check_each_from_the_other(screen)
