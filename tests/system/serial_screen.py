"""A terminal for tests: what a person would see who is attached to the serial line of a node.

It knows the sequences that the console server writes (servers/console/render_core.c) and refuses all
others, so that a new one is not overlooked.
"""
import re
import time

import pexpect
import pytest

COLUMNS_MAX = 132
ROWS_MAX = 60
SEQUENCE = re.compile(r"\x1b(?:%G|\(B|\[(\??)([0-9;]*)([A-Za-z]))")
IGNORED_MODES = {("?", "6l"), ("?", "7l"), ("", "4l")}


class SerialScreen:
    """Reads what a Terminal's child writes and keeps its screen."""

    def __init__(self, terminal, time_scale=1.0):
        self.terminal = terminal
        self.time_scale = time_scale
        self.rows = [[" "] * COLUMNS_MAX for _ in range(ROWS_MAX)]
        self.row = self.column = 0
        self.region = (0, ROWS_MAX)
        self.cursor_shown = True
        self.bells = 0
        self.started = False
        self._rest = ""

    def line(self, row):
        return "".join(self.rows[row]).rstrip()

    def text(self):
        return "\n".join(self.line(row) for row in range(ROWS_MAX)).rstrip()

    def send(self, text):
        self.terminal.send(text)

    def wait(self, what, timeout_s=20):
        """Waits until what(self) is true, or until the screen's text has the regular expression."""
        if isinstance(what, str):
            pattern = re.compile(what, re.MULTILINE)

            def condition(screen):
                return pattern.search(screen.text())
        else:
            condition = what
        end = time.monotonic() + timeout_s * self.time_scale
        while True:
            found = condition(self)
            if found:
                return found
            if time.monotonic() > end:
                pytest.fail(f"waited for {what!r}; the screen showed:\n{self.text()}",
                            pytrace=False)
            try:
                self._feed(self.terminal.child.read_nonblocking(4096, timeout=0.1))
            except pexpect.TIMEOUT:
                pass
            except pexpect.EOF:
                pytest.fail(f"the machine ended; the screen showed:\n{self.text()}",
                            pytrace=False)

    def _feed(self, text):
        text = self._rest + text
        self._rest = ""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                match = SEQUENCE.match(text, at)
                if not match:
                    if len(text) - at > 20:
                        pytest.fail(f"an unknown sequence: {text[at:at + 20]!r}")
                    self._rest = text[at:]
                    return
                self._sequence(match)
                at = match.end()
            else:
                self._character(text[at])
                at += 1

    def _character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            if self.row + 1 == self.region[1]:
                top, bottom = self.region
                self.rows[top:bottom] = self.rows[top + 1:bottom] + [[" "] * COLUMNS_MAX]
            else:
                self.row = min(self.row + 1, ROWS_MAX - 1)
        elif character == "\b":
            self.column = max(self.column - 1, 0)
        elif character == "\a":
            self.bells += 1
        elif character >= " ":
            self.rows[self.row][min(self.column, COLUMNS_MAX - 1)] = character
            self.column += 1

    def _sequence(self, match):
        if match[3] is None:
            return
        numbers = [int(n) if n else 0 for n in match[2].split(";")]
        if match[3] == "H":
            self.row = max(numbers[0], 1) - 1
            self.column = max(numbers[1] if len(numbers) > 1 else 1, 1) - 1
        elif match[3] == "K":
            self.rows[self.row][self.column:] = [" "] * (COLUMNS_MAX - self.column)
        elif match[3] == "J":
            self.started = True
            self.rows = [[" "] * COLUMNS_MAX for _ in range(ROWS_MAX)]
        elif match[3] == "r":
            self.region = (numbers[0] - 1, numbers[1]) if len(numbers) > 1 else (0, ROWS_MAX)
            self.row = self.column = 0
        elif match[1] == "?" and match[2] == "25":
            self.cursor_shown = match[3] == "h"
        elif match[3] != "m" and (match[1], match[2] + match[3]) not in IGNORED_MODES:
            pytest.fail(f"an unknown sequence: {match[0]!r}")
