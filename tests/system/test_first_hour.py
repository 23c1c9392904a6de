"""Every command of docs/first-hour.md does what it says: at a node's prompt, outside of nodes, and at clusters."""
import re
import shutil

import machine as qemu

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster, tool
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


# Before "A cluster": where each is typed, and what is seen then. What has no blank is a word like `ps`,
# and Ctrl-C is how to end the one that stays.
AT_THE_PROMPT = {
    "servers": r"^NAME +ID STATE +RESTARTS +NEXT \(MS\) +LAST END\n(.*\n)*console +\d+ runs ",
    "cat /etc/servers": r"^gns\s+/servers/gns\s",
    "kill file": r"PROCESS_NOT_PERMITTED",
    "ls -l /": r" bin$(.*\n)*.* tmp$",
    "mkdir /tmp/x": r"^$",
    "echo words > /tmp/x/f": r"^$",
    "hello one two": r"word 2: two",
    "hello fault": r"^hello: ended by a fault",
    "counters vm_": r"^vm_\w+ +\d",
}
IN_A_SHELL = {r"/dos/hello.com | tr a-z A-Z": ["HELLO FROM DOS!"]}
AT_THE_DOS_PROMPT = {r"type \etc\motd": r"^Masix\. Type help", "ls | sort": r"^bin\n(.*\n)*tmp\n"}
OUTSIDE = {"tools/masix keys show build/keys": "node1",
           "tools/masix run --add build/packages/root/bin/busybox:/bin/busybox busybox uname -a": "Linux "}
ELSEWHERE = {"make run", "kill console", "hello stay", "ln -s", "tools/masix screen node1 x.png"}


def commands_before(document):
    """What is to be typed before the section "A cluster": lines at the prompt, and in the text."""
    blocks = document.split("\n## A cluster\n", 1)[0].split("```\n")
    typed_there = re.findall(r"^masix> (.+)$", "".join(blocks[1::2]), re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", "".join(blocks[::2]))
    return set(typed_there) | {span for span in spans if " " in span}


def check_first_screen(document, screen):
    first = document.split("```\n")[1].split("masix> ", 1)[0]
    assert screen.text() == first + "masix>"


def check_at_the_dos_prompt(screen):
    for line, seen in AT_THE_DOS_PROMPT.items():
        screen.send("clear\rdos\r")
        screen.wait(lambda there: last(there).endswith(">"))
        screen.send("cd \\\r")
        screen.wait(lambda there: last(there) == "C:\\>")
        screen.send(line + "\r")
        screen.wait(seen)
        screen.send("exit\r")
        screen.wait(lambda there: PROMPT.match(last(there)))


def begin(screen, line):
    screen.send("clear\r")
    screen.wait(lambda there: there.text() == "masix>")
    screen.send(line + "\r")


def check_what_ends_otherwise(screen):
    """A program until Ctrl-C; the console server, which another one replaces."""
    begin(screen, "hello stay")
    screen.wait("^ *word 1: stay$")
    screen.send("\x03")
    screen.wait(lambda there: "hello: was killed" in there.text() and last(there) == "masix>")
    begin(screen, "kill console")
    screen.wait(lambda there: "kill console" in there.text() and last(there) == "masix>", 60)
    assert [line.split()[3] for line in typed(screen, "servers", 60)
            if line.startswith("console ")] == ["1"]


def test_the_commands_for_a_node(terminal, tmp_path):
    document = DOCUMENT.read_text()
    assert commands_before(document) == {*AT_THE_PROMPT, *IN_A_SHELL, *AT_THE_DOS_PROMPT, *OUTSIDE,
                                         *ELSEWHERE}
    cluster = Cluster(1, suffix="-first-hour")
    try:
        screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
        check_first_screen(document, screen)
        for line, seen in AT_THE_PROMPT.items():
            said = "\n".join(typed(screen, line))
            assert re.search(seen, said, re.MULTILINE), said
        assert "the screen of node1" in cluster.run("screen", "node1", tmp_path / "x.png")
        screen.send("\x1d3")
        screen.wait(lambda there: PROMPT.match(last(there)))
        for line, seen in IN_A_SHELL.items():
            assert shell(screen, line) == seen
        check_at_the_dos_prompt(screen)
        screen.send("\x1d1")
        screen.wait(lambda there: last(there) == "masix>")
        check_what_ends_otherwise(screen)
    finally:
        cluster.close()
        shutil.rmtree(FOLDER / cluster.name, ignore_errors=True)
    for line, seen in OUTSIDE.items():
        status, said = tool(*line.split()[1:], cwd=qemu.ROOT)
        assert status == 0 and seen in said, said


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
