"""Every command of docs/first-hour.md that is given outside of a node does what it says."""
import machine as qemu

from clusters import TIME_SCALE, tool
from serial_screen import SerialScreen

DOCUMENT = qemu.ROOT / "docs" / "first-hour.md"


def commands_of(document, title):
    """The lines in the code blocks of one section."""
    section = document.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [line for block in section.split("```\n")[1::2] for line in block.splitlines()]


def test_the_commands_for_clusters(terminal):
    """In the order in which they are written."""
    commands = commands_of(DOCUMENT.read_text(), "A cluster")
    assert len(commands) > 15
    status, said = tool("status")
    assert said.startswith("No cluster runs."), f"somebody's cluster is in the way:\n{said}"
    try:
        for command in commands:
            words = command.split()
            assert words[0] == "tools/masix"
            if words[1] == "console":
                screen = SerialScreen(terminal(words), TIME_SCALE)
                screen.wait(lambda there: there.started and there.text().endswith("masix>"), 60)
                screen.send("\x01x")
                assert screen.terminal.expect_end() == 0
            else:
                status, said = tool(*words[1:])
                assert status == 0, f"{command}: {said}"
    finally:
        for name in ("main", "second"):
            tool("stop", "--name", name)
