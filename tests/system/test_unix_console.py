"""A person at a Unix shell on a console: jobs, keys, an editor, and what becomes of it all."""
import re

import pytest

from test_node import Node, close_node

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
    person.until("sleep 1; echo late\r", "\nlate")
    lines = [line.split() for line in person.at_prompt("ps")]
    assert [words[-1] for words in lines if words[0] == pid] == ["sleep"], lines
    assert any(words[-1] == "bash" for words in lines)
    assert person.at_prompt(f"kill {pid}") == []
    person.fresh("wait $!; echo status=$?.\r", r"status=137\.")
    assert all(line.split()[0] != pid for line in person.at_prompt("ps"))


def test_exec_keeps_the_number(person):
    pid = person.fresh("(sleep 0.5; exec sleep 1000) & echo pid=$!.\r", r"pid=(\d+)\.").group(1)
    person.until("sleep 1.5; echo late\r", "\nlate")
    lines = [line.split() for line in person.at_prompt("ps")]
    assert [words[-1] for words in lines if words[0] == pid] == ["sleep"], lines
    person.fresh("kill -9 %1; wait $!; echo status=$?.\r", r"status=137\.")


def test_when_the_server_is_killed_a_new_shell_comes_up(person):
    servers = {line.split()[0]: line.split() for line in person.at_prompt("servers")}
    person.fresh("sleep 1000 & while :; do :; done\r", "done")
    assert person.at_prompt(f"kill {servers['unix'][1]}") == []
    person.at_shell(r"the server died\s+~ \$ *$")
    person.until("echo again $((40+4))\r", "again 44")
    names = [line.split()[-1] for line in person.at_prompt("ps")]
    assert names.count("sleep") == 0 and names.count("bash") == 1, names
