"""A person at a Unix shell on a console: jobs, keys, an editor, and what becomes of it all."""
import re
import time

import pytest

from conftest import TIME_SCALE
from test_node import Node, close_node

# A job that says when it is in front, and when it goes on: keys before that would be the shell's.
NAP = "(trap 'echo aw''ake' CONT; echo as''leep; while :; do busybox sleep 0.1; done)\r"
SHELL, PROMPT_CONSOLE = "\x1d3", "\x1d1"


class Person:
    """Types at the shell of console 2; looks at the prompt of console 0 now and then."""

    def __init__(self, terminal):
        close_node()
        self.node = Node(terminal, "--mem", "64")
        self.screen = self.node.screen
        self.at_shell("This is /bin/bash")

    def until(self, keys, shown, timeout_s=60):
        self.screen.send(keys)
        self.screen.wait(lambda screen: re.search(shown, screen.text()), timeout_s)
        return re.search(shown, self.screen.text())

    def at_shell(self, shown):
        self.until(SHELL, shown)

    def at_prompt(self, line):
        self.until(PROMPT_CONSOLE, "masix>$")
        lines = self.node.run(line)
        self.screen.send(SHELL)
        return lines

    def processes(self):
        """[(number, name) ...] as the prompt knows them."""
        return [(words[0], words[-1]) for words in map(str.split, self.at_prompt("ps")[1:])]

    def until_is(self, pid, name):
        """Waits until the process has begun the program of this name."""
        end = time.monotonic() + 60 * TIME_SCALE
        while (pid, name) not in (found := self.processes()):
            assert time.monotonic() < end, found
        return found

    def fresh(self, keys, shown, timeout_s=60):
        """The same on an empty screen."""
        self.until("clear; echo; echo EMPTY\r", r"^\nEMPTY\n")
        return self.until(keys, shown, timeout_s)


@pytest.fixture(scope="module")
def person(request):
    import conftest
    terminals = []

    def start(words):
        terminals.append(conftest.Terminal([str(word) for word in words], None, "person"))
        return terminals[-1]

    request.addfinalizer(lambda: [one.close() for one in terminals])
    return Person(start)


def test_the_prompt_sees_and_kills_unix_processes(person):
    pid = person.fresh("sleep 1000 & echo pid=$!.\r", r"pid=(\d+)\.").group(1)
    assert int(pid) >> 16 > 0 and int(pid) & 0xffff >= 0x4000
    assert "bash" in [name for _, name in person.until_is(pid, "sleep")]
    assert person.at_prompt(f"kill {pid}") == []
    person.fresh("wait $!; echo status=$?.\r", r"status=137\.")
    assert pid not in [number for number, _ in person.processes()]


def test_exec_keeps_the_number(person):
    pid = person.fresh("(sleep 0.5; exec sleep 1000) & echo pid=$!.\r", r"pid=(\d+)\.").group(1)
    person.until_is(pid, "sleep")
    person.fresh("kill -9 %1; wait $!; echo status=$?.\r", r"status=137\.")


def test_lines_are_edited_and_remembered(person):
    person.fresh("echo on\x1b[De \x1b[C\r", r"\noe n\n")
    person.until("\x1b[A\x7fm\r", r"\noe m\n")
    person.until("gone\x15echo 1\x1b[H\x1b[3~\x1b[3~ec\x05\x17a  b\x02\x02c\r", r"\na c b\n")


def test_ash_on_the_console(person):
    person.fresh("PS1='ash> ' busybox ash\r", r"shell \(ash\)[\s\S]*\nash> *$")
    person.until("echo $((40+x))\x1b[D\x1b[D\x7f5\r", r"\n45\nash> *$")
    person.until("\x1b[A\x1b[D\x1b[D\x7f6\r", r"\n46\nash> *$")
    person.until(NAP, r"\nasleep$")
    person.until("\x1a", r"Stopped[^$]*\nash> *$")
    person.until("fg\r", r"\nawake$")
    person.until("\x03", r"\^C\nash> *$")
    person.until("echo got=$?.\r", r"\ngot=130\.\n")
    person.until("\x04", r"\n~ \$$")


def test_the_terminal_is_described(person):
    person.fresh("busybox stty -a\r", r"rows 25; columns 80;[\s\S]*intr = \^C;[\s\S]*\nisig icanon")
    person.fresh("busybox stty -echo; echo do''ne\r", r"\ndone\n")
    person.until("busybox stty echo; echo back=$((1+1))\r", r"\n~ \$\nback=2\n")


def test_end_of_file_and_interrupts(person):
    person.fresh("(echo rea''dy; cat); echo ended=$?.\r", r"\nready$")
    person.until("line\r", r"\nline\nline$")
    person.until("\x04", r"\nline\nended=0\.\n")
    person.fresh(NAP, r"\nasleep$")
    person.until("\x03", r"\^C\n~ \$$")
    person.until("echo status=$?.\r", r"\nstatus=130\.\n")
    person.fresh(NAP, r"\nasleep$")
    person.until("\x1a", r"Stopped +\( trap[^$]*\n~ \$$")
    person.until("bg\r", r"\n[^\n]*awake")
    person.until("jobs\r", r"Running +\( trap")
    person.until("kill -9 %1; wait; echo gone\r", r"\ngone\n")
    person.fresh(NAP, r"\nasleep$")
    person.until("\x1a", r"Stopped +\( trap[^$]*\n~ \$$")
    person.until("fg\r", r"\nawake$")
    person.until("\x1c", r"\^\\Quit[^$]*\n~ \$$")


def test_the_editor_saves_a_file(person):
    person.fresh("busybox vi /tmp/text\r", r"~\n~\n[\s\S]*- /tmp/text")
    person.until("ihello\rworld", r"^hello\nworld\n~")
    person.until("\x1b", r"\n- /tmp/text \[Modified\]")
    person.until("kx", r"^hell\nworld\n")
    person.until(":wq\r", r"\n~ \$$")
    person.fresh("cat /tmp/text\r", r"cat /tmp/text\nhell\nworld\n")


def test_when_the_server_is_killed_a_new_shell_comes_up(person):
    servers = {line.split()[0]: line.split() for line in person.at_prompt("servers")}
    person.fresh("sleep 1000 & while :; do :; done\r", "done")
    assert person.at_prompt(f"kill {servers['unix'][1]}") == []
    person.at_shell(r"the server died\s+~ \$ *$")
    person.until("echo again $((40+4))\r", "again 44")
    names = [name for _, name in person.processes()]
    assert names.count("sleep") == 0 and names.count("bash") == 1, names


def test_when_the_console_server_is_killed_a_new_shell_comes_up(person):
    """The session is hung up, though none of its processes writes or asks anything just then."""
    person.fresh("sleep 1000 & echo rea''dy\r", r"\nready\n~ \$$")
    person.until(PROMPT_CONSOLE, "masix>$")
    person.screen.send("kill console\r")
    person.screen.wait(lambda screen: "kill console" in screen.text()
                       and screen.text().endswith("masix>"), 60)
    person.at_shell(r"This is /bin/bash\.\n~ \$ *$")
    person.until("echo again $((40+5))\r", "again 45")
    names = [name for _, name in person.processes()]
    assert names.count("sleep") == 0 and names.count("bash") == 1, names
