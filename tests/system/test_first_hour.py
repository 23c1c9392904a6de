"""Every command of docs/first-hour.md for clusters does what it says: outside of nodes, and at them."""
import re

import machine as qemu

from clusters import TIME_SCALE, TOOL, tool
from serial_screen import SerialScreen
from test_cluster import attach, typed
from test_on import until_it_answers
from unix_shell import PROMPT, last, shell

DOCUMENT = qemu.ROOT / "docs" / "first-hour.md"


def commands_of(document, title):
    """The lines in the code blocks of one section."""
    section = document.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [line for block in section.split("```\n")[1::2] for line in block.splitlines()]


def words_in_text(document, title):
    """What one section's text, but not its blocks, has to be typed at a node."""
    section = document.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    spans = re.findall(r"`([^`\n]+)`", "".join(section.split("```\n")[::2]))
    return [span for span in spans if span.split()[0] in (
        "net", "ping", "ps", "servers", "names", "on", "ls") and " " in span]


def check_in_nodes(terminal, words):
    """At the first node's prompt, and pipelines in its Unix shell."""
    pipelines = [word for word in words if "|" in re.sub("'[^']*'", "", word)]
    assert len(words) > 9 and len(pipelines) == 2
    screen = attach(terminal, [TOOL, "console", "node1"])
    until_it_answers(screen)
    for word in words:
        if word in pipelines or word == "on node2 sh":
            continue
        said = typed(screen, word, 60)
        assert not [line for line in said if line.startswith((word.split()[0] + ": ", "on: "))], said
    screen.send("\x1d3")
    screen.wait(lambda there: PROMPT.match(last(there)))
    for word in pipelines:
        assert shell(screen, word) != []
    screen.send("clear\ron node2 sh\r")
    screen.wait(lambda there: last(there).endswith("/tmp $"))
    screen.send("exit\r")
    screen.wait(lambda there: PROMPT.match(last(there)))
    screen.send("\x01x")
    assert screen.terminal.expect_end() == 0


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
            if command == commands[0]:
                check_in_nodes(terminal, words_in_text(DOCUMENT.read_text(), "A cluster"))
    finally:
        for name in ("main", "second"):
            tool("stop", "--name", name)
