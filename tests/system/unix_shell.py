"""A Unix shell on a console, as a person types at it."""
import re

PROMPT = re.compile(r"^~ \$$")
COLUMNS = 80


def last(screen):
    return (screen.text().splitlines() or [""])[-1]


def shell(screen, line, timeout_s=60, prompt=PROMPT):
    """The lines of a command's output in the Unix shell."""
    assert len(line) + 8 < COLUMNS, "the line is to stay one"
    screen.send("clear\r")
    screen.wait(lambda there: prompt.match(there.text()))
    screen.send(line + "\r")
    screen.wait(lambda there: "\n" in there.text() and prompt.match(last(there)), timeout_s)
    return screen.text().splitlines()[1:-1]
