"""DOS programs at the prompt of a node: text in the terminal, typed lines, a screen of their own."""
import pytest

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
