"""What the system tests share: machines that are always stopped, and a terminal on them."""
import os
import pathlib
import sys

import pexpect
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lib"))
import machine as qemu  # noqa: E402

TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))
FIRST_TASK = qemu.BUILD / "boot" / "first"


class Terminal:
    """A command on a pseudo terminal; every wait has a limit, and a failure shows the log."""

    def __init__(self, words, environment=None, number=1):
        self.child = pexpect.spawn(words[0], words[1:], cwd=str(qemu.ROOT), encoding="utf-8",
                                   codec_errors="replace", echo=False, env=environment,
                                   timeout=60 * TIME_SCALE)
        # A test with several terminals has a log of each; other files' tests run at the same time.
        test = pathlib.Path(os.environ.get("PYTEST_CURRENT_TEST", "test").split("::")[0]).stem
        self.log = qemu.BUILD / f"system-{test}-terminal-{number}.log"
        self.child.logfile_read = self.log.open("w", encoding="utf-8")

    def expect(self, pattern, timeout_s=20):
        """Waits for a regular expression; returns its match."""
        try:
            self.child.expect(pattern, timeout=timeout_s * TIME_SCALE)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            text = self.log.read_text(encoding="utf-8")[-3000:]
            pytest.fail(f"waited for {pattern!r} ({type(error).__name__}); the terminal showed:\n"
                        f"{text}", pytrace=False)
        return self.child.match

    def send(self, text):
        self.child.send(text)

    def expect_end(self, timeout_s=30):
        """Waits for the command's end; returns its exit status."""
        self.expect(pexpect.EOF, timeout_s)
        self.child.close()
        return self.child.exitstatus

    def close(self):
        self.child.close(force=True)
        self.child.logfile_read.close()


@pytest.fixture
def terminal():
    """A function that starts a command on a terminal; all of them are ended with the test."""
    opened = []

    def start(words, environment=None):
        opened.append(Terminal([str(word) for word in words], environment, len(opened) + 1))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def boot(terminal):
    """A function that boots a machine.Machine on a terminal."""
    def start(**fields):
        node = qemu.Machine(**fields)
        node.check()
        return terminal(node.command())
    return start
