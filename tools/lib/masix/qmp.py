"""QEMU's monitor protocol: JSON lines on a unix socket."""
import json
import socket
import time

from masix.errors import MasixError

ANSWER_TIME_S = 20


class Monitor:
    """A connection to the monitor of a running QEMU."""

    def __init__(self, path, wait_s=0, answer_s=ANSWER_TIME_S):
        """Connects; a QEMU that has just started may need wait_s seconds to be there."""
        self.answer_s = answer_s
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(answer_s)
        self.buffer = b""
        self._connect(time.monotonic() + wait_s)
        self._read_message()  # the greeting
        self.run("qmp_capabilities")

    def _connect(self, deadline):
        while True:
            try:
                self.socket.connect(str(self.path))
                return
            except OSError as error:
                if time.monotonic() >= deadline:
                    self.socket.close()
                    raise MasixError("monitor", self.path, error.strerror,
                                     "does the node run? (tools/masix boot)") from None
            time.sleep(0.02)

    def _fail(self, reason):
        raise MasixError("monitor", self.path, reason, "is the node's QEMU still alive?")

    def _read_message(self):
        while b"\n" not in self.buffer:
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                self._fail(f"no answer in {self.answer_s} s")
            except OSError as error:
                self._fail(error.strerror)
            if not more:
                self._fail("QEMU closed the connection")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def run(self, command, **arguments):
        """Runs a command; returns its answer.  Events that come in between are dropped."""
        try:
            self.socket.sendall(json.dumps({"execute": command,
                                            "arguments": arguments}).encode() + b"\n")
        except OSError as error:
            self._fail(error.strerror)
        while True:
            message = self._read_message()
            if "return" in message:
                return message["return"]
            if "error" in message:
                self._fail(f"{command}: {message['error'].get('desc', 'refused')}")

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
