"""A cluster to attack: nodes of tests/attack, what their network servers count, frames for them."""
import pathlib
import re
import struct
import time
import typing

import machine as qemu
import pytest
from masix import keys, node
from masix.qmp import Monitor
from masix.segment import Segment

from conftest import TIME_SCALE

FOLDER = qemu.BUILD / "tests" / "attack"
NAMES = ["andromeda", "cassiopeia", "betelgeuse"]
ETHERTYPE = b"\x88\xb5"
HEADER = 14
TYPES = {1: "DATA", 2: "HELLO1", 3: "HELLO2", 4: "INIT", 5: "RESP", 6: "RESOLVE", 7: "HERE"}
LIMIT_S = 30 * TIME_SCALE
# Half of what a card's ring holds at once: others send meanwhile. A page has 256 bytes.
PAGES = 48
# Counters that say what became of a frame that was not refused.
ANSWERED, NAMED, ACCEPTED = "HELLOs answered", "RESOLVE and HERE", "frames accepted"
CURVE, SHAKES = "computations on the curve", "handshakes"
UNLICENSED = "names: claims without a licence"


def address(number):
    return bytes([0x52, 0x54, 0, 0x77, 0, number])


class Frame(typing.NamedTuple):
    """A frame of a capture: its type's name, whose it is and for whom (0: all), and its bytes."""
    kind: str
    sender: int
    receiver: int
    data: bytes


def read_frames(path):
    """The frames of a capture that are ours."""
    data = path.read_bytes()
    frames, at = [], 24
    while at + 16 <= len(data):
        (stored,) = struct.unpack_from("<I", data, at + 8)
        frame = data[at + 16:at + 16 + stored]
        at += 16 + stored
        if frame[12:14] == ETHERTYPE:
            receiver = 0 if frame[0] & 1 else frame[5]
            frames.append(Frame(TYPES[frame[15]], frame[11], receiver, frame))
    return frames


def sent_to(frame, number, sender=None):
    """The same frame with another receiver's address, and perhaps another sender's."""
    source = frame[6:12] if sender is None else address(sender)
    return address(number) + source + frame[12:]


class Counts(typing.NamedTuple):
    """What a node said of itself at one time."""
    calls: int
    failures: int
    by: int
    counters: dict
    peers: dict

    def refused(self):
        return {name: value for name, value in self.counters.items()
                if name.startswith("refused: ")}

    def dealt_with(self):
        """All frames that were not accepted as an association's."""
        return sum(self.refused().values()) + self.counters[ANSWERED] + self.counters[NAMED]

    def since(self, before):
        """{counter: by how much it is more}, without those that are not."""
        return {name: value - before.counters[name] for name, value in self.counters.items()
                if value != before.counters[name]}


class Node:
    """A node that runs; what it says lies in a file, so nobody has to read it in time."""

    def __init__(self, number, log, monitor):
        self.number, self.log, self.monitor = number, log, monitor
        self.begin, self.names = 0, {}

    def _size(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def _text(self, begin):
        """What it said from there on, in whole lines."""
        if self._size() <= begin:
            return ""
        with self.log.open("rb") as log:
            log.seek(begin)
            text = log.read().decode("utf-8", "replace").replace("\r", "")
        return text[:text.rfind("\n") + 1]

    def _learn_names(self):
        found = re.findall(r"# counter (\d+) (.*)\n", self._text(self.begin))
        self.names = {name: index for index, name in found}

    def now(self):
        """The newest account; None: there is none yet."""
        text = self._text(max(self.begin, self._size() - 4096))
        assert "Bail out" not in text, text
        lines = re.findall(r"# now (.*)\.\n", text)
        if not lines:
            return None
        words = dict(word.split("=") for word in lines[-1].split())
        if not self.names:
            self._learn_names()
        return Counts(int(words["calls"]), int(words["failures"]), int(words["by"]),
                      {name: int(words[index]) for name, index in self.names.items()},
                      {int(word[1:]): value for word, value in words.items() if word[0] == "p"})

    def until(self, condition, what):
        """Waits until an account is so; returns it."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            now = self.now()
            if now is not None and condition(now):
                return now
            if time.monotonic() > deadline:
                pytest.fail(f"node {self.number} waited for: {what}; it says {now}\n"
                            f"{self._text(self.begin)[:3000]}", pytrace=False)
            time.sleep(0.005)

    def fresh(self):
        """An account that was begun after this call."""
        begin = self._size()
        deadline = time.monotonic() + LIMIT_S
        while self._text(begin).count("\n# now ") < 2:
            assert time.monotonic() < deadline, self._text(self.begin)[-2000:]
            time.sleep(0.005)
        return self.now()

    def reset(self):
        """As if somebody pressed the button; the files that the host gave stay the same."""
        with Monitor(self.monitor, 10) as monitor:
            monitor.run("stop")
            self.begin, self.names = self._size(), {}
            monitor.run("set-action", reboot="reset")
            monitor.run("system_reset")
            monitor.run("cont")


class Cluster:
    """Nodes of tests/attack on one segment, and who attacks them."""

    def __init__(self, boot, segment, folder):
        self.boot, self.folder = boot, folder
        self.wire = Segment(pathlib.Path(segment.directory), "the test")
        self.segment = segment
        self.nodes = {}

    def start(self, number, keys_folder="keys"):
        fw_cfg = keys.node_files(NAMES[number - 1], self.folder / f"node{number}",
                                 FOLDER / keys_folder)
        monitor = self.segment.directory / f"qmp{number}"
        extra = [*qemu.segment_card(self.segment.directory, number),
                 "-qmp", f"unix:{monitor},server=on,wait=off"]
        described = node.build_machine(fw_cfg, archive=FOLDER / "attack.cpio",
                                       append=["panic-reboot"], extra=extra)
        log = self.folder / f"log{number}"
        self.boot(**vars(described) | {"serial": f"file:{log}"})
        self.nodes[number] = Node(number, log, monitor)
        return self.nodes[number]

    def capture(self):
        """Everything that goes over the wire until `captured`."""
        self.wire.ask("test", f"pcap {self.folder / 'wire.pcap'}")

    def captured(self):
        self.wire.ask("test", "pcap off")
        return self.folder / "wire.pcap"

    def lost(self, sender, receiver, ready):
        """What was sent on a link while nothing came through it, until `ready` says of it so."""
        path = self.folder / "lost.pcap"
        self.wire.ask("test", f"loss {sender} {receiver} 1", f"pcap {path}")
        deadline = time.monotonic() + LIMIT_S
        while not ready(read_frames(path)):
            assert time.monotonic() < deadline, read_frames(path)
            time.sleep(0.005)
        self.wire.ask("test", "pcap off", "clear")
        return [frame for frame in read_frames(path) if frame.sender == sender]

    def inject(self, number, frames):
        """
        Frames for a node, as fast as its card takes them. Returns the accounts before and after;
        all were refused or answered in between, each exactly once.
        """
        there = self.nodes[number]
        first = last = there.fresh()
        for batch in in_batches(frames):
            sender = 1 if number != 1 else 2
            self.wire.ask("test", *[f"inject {sender} {number} {frame.hex()}" for frame in batch])
            wanted = last.dealt_with() + len(batch)
            last = there.until(lambda now, wanted=wanted: now.dealt_with() >= wanted,
                               f"{wanted} frames refused or answered")
        last = there.fresh()
        assert last.dealt_with() - first.dealt_with() == len(frames), last.since(first)
        return first, last


def in_batches(frames):
    """As many at once as a card's ring surely has room for."""
    batch, pages = [], 0
    for frame in frames:
        need = (len(frame) + 8 + 255) // 256
        if pages + need > PAGES:
            yield batch
            batch, pages = [], 0
        batch.append(frame)
        pages += need
    if batch:
        yield batch
