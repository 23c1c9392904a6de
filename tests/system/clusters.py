"""Clusters for tests: tools/masix as a person calls it, and its answers taken apart.

Sockets' paths are relative to the project's top, where tests/run starts pytest. A name has the test process's number, so that two test runs in one tree do not meet.
"""
import os
import pathlib
import subprocess

import machine as qemu
from masix.segment import Segment, parse_answer

TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))
TOOL = qemu.ROOT / "tools" / "masix"
FOLDER = qemu.BUILD / "clusters"
LIMIT_S = 180 * TIME_SCALE


def tool(*words, cwd=None):
    """Runs tools/masix; returns (status, all that it said)."""
    done = subprocess.run([TOOL, *map(str, words)], stdin=subprocess.DEVNULL, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=LIMIT_S, check=False, env=dict(os.environ, COLUMNS="80"))
    return done.returncode, done.stdout


class Cluster:
    """A cluster that was started; `name` is what --name wants."""

    def __init__(self, nodes, *words, suffix=""):
        self.name = f"test-{os.getpid()}{suffix}"
        self.nodes = nodes
        self.said = self.run("start", "-n", nodes, *words)

    def run(self, command, *words):
        """A command that must do what it says; returns what it said."""
        status, said = tool(command, "--name", self.name, *words)
        assert status == 0, f"{command} {words}: {said}"
        return said

    def refused(self, command, *words):
        """A command that must be refused; returns why."""
        status, said = tool(command, "--name", self.name, *words)
        assert status == 1, f"{command} {words}: {said}"
        return said

    def states(self):
        """{node: state} of status."""
        return {words[0]: words[1] for words in map(str.split, self.run("status").splitlines())
                if words and words[0].startswith("node")}

    def segment(self, line):
        """The answer of the segment to one command, as {name: value}."""
        return parse_answer(Segment(FOLDER.relative_to(qemu.ROOT) / self.name / "segment",
                                    self.name).ask("segment", line)[0])

    def stats(self, sender="*", receiver="*"):
        return self.segment(f"stats {sender} {receiver}")

    def process(self, item):
        """The process number of "node2" or "segment"."""
        return int((FOLDER / self.name / item / "process").read_text().split()[0])

    def processes(self):
        return [self.process(item) for item in
                ["segment", *[f"node{number + 1}" for number in range(self.nodes)]]]

    def close(self):
        tool("stop", "--name", self.name)


def is_alive(pid):
    """Whether a process runs; one that has ended and that nobody asked for does not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
