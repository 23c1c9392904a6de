"""The virtual Ethernet of a cluster (tools/segment): started, and spoken to by its socket."""
import re
import socket
import time

import machine
from masix.errors import MasixError
from masix.process import Process, spawn

TOOL = machine.BUILD / "tools" / "segment"
ANSWER_TIME_S = 20
START_TIME_S = 20


def check_built():
    if not TOOL.exists():
        raise MasixError("start", TOOL.relative_to(machine.ROOT), "it is not built",
                         "run make tools")


def parse_answer(text):
    """{name: value} of an answer's words: numbers where they are numbers."""
    answer = {}
    for name, value in re.findall(r"(\w+)=(\S+)", text):
        try:
            answer[name] = float(value) if "." in value or "e" in value else int(value)
        except ValueError:
            answer[name] = value
    return answer


class Segment:
    """The segment in a folder; `owner` is how errors call it."""

    def __init__(self, folder, owner):
        self.folder, self.owner = folder, owner
        self.record = folder / "process"

    def process(self):
        return Process.read(self.record)

    def is_alive(self):
        process = self.process()
        return process is not None and process.is_alive()

    def start(self, nodes, seed, mode, with_us=False):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        log = self.folder / "log"
        process = spawn([str(TOOL), str(self.folder), "run", str(nodes), f"seed={seed}",
                         f"mode={mode}"], self.record, log, with_us)
        deadline = time.monotonic() + START_TIME_S
        while "segment: ready" not in log.read_text(errors="replace"):
            if not process.is_alive() or time.monotonic() > deadline:
                said = log.read_text(errors="replace").strip() or "it said nothing"
                raise MasixError("start", f"the segment of {self.owner}", said,
                                 f"look into {log}, and try again")
            time.sleep(0.01)

    def ask(self, action, *lines):
        """The answers to commands (tools/segment/README.md), without their ok."""
        answers = []
        try:
            with socket.socket(socket.AF_UNIX) as there:
                there.settimeout(ANSWER_TIME_S)
                there.connect(str(self.folder / "ctl"))
                with there.makefile("rw", encoding="utf-8", newline="\n") as stream:
                    for line in lines:
                        stream.write(line + "\n")
                        stream.flush()
                        answers.append(self._answer(action, stream.readline()))
        except OSError as error:
            raise MasixError(action, f"the segment of {self.owner}",
                             error.strerror or "no answer",
                             "does it run? (tools/masix status)") from None
        return answers

    def _answer(self, action, line):
        state, _, text = line.strip().partition(" ")
        if state == "ok":
            return text
        raise MasixError(action, f"the segment of {self.owner}", text or "it ended",
                         f"see tools/masix {action} --help")
