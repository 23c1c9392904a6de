"""The virtual Ethernet: the process with plain sockets as its nodes, and with machines on it."""
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import machine as qemu
import pytest

from conftest import TIME_SCALE

SEGMENT = qemu.BUILD / "tools" / "segment"
PEER = qemu.BUILD / "tests" / "kernel" / "nic_peer"
LIMIT_S = 20 * TIME_SCALE
ALL = b"\xff" * 6
# The EtherType of tests/kernel/lib/nic.c, and the question after which a peer ends.
FRAME_TYPE = b"\x88\xb6"
LAST_QUESTION = 0x7fffffff


def address(node):
    return bytes([0x52, 0x54, 0, 0x77, 0, node])


class Segment:
    """A segment process in a folder of its own."""

    def __init__(self, nodes, *options, directory=None):
        # Paths of sockets must be short.
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="seg"))
        self.nodes = []
        self.process = subprocess.Popen([SEGMENT, self.directory, "run", str(nodes), *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith(f"segment: ready, {nodes} nodes"), self.process.stderr.read()

    def node(self, number):
        self.nodes.append(Node(self.directory, number))
        return self.nodes[-1]

    def ctl(self, *commands):
        """Executes commands, all of which must succeed; returns the answers."""
        done = subprocess.run([SEGMENT, self.directory, "ctl", *commands], capture_output=True,
                              text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return [line.removeprefix("ok").strip() for line in done.stdout.splitlines()]

    def refused(self, command):
        """Executes a command that must fail; returns the error."""
        done = subprocess.run([SEGMENT, self.directory, "ctl", command], capture_output=True,
                              text=True, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    def stats(self, link=""):
        return {key: int(value) for key, value in
                (pair.split("=") for pair in self.ctl(f"stats {link}")[0].split())}

    def settle(self):
        """Reads all nodes until nothing is on its way; returns {node: frames}."""
        got = {node.number: [] for node in self.nodes}
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            waiting = self.stats()["waiting"]
            for node in self.nodes:
                got[node.number] += node.read()
            if waiting == 0:
                return got
        pytest.fail(f"frames do not arrive: {self.stats()}")

    def wait_stats(self, condition, link=""):
        deadline = time.monotonic() + LIMIT_S
        while not condition(self.stats(link)):
            assert time.monotonic() < deadline, self.stats(link)

    def end(self, number=signal.SIGTERM):
        """Ends the process; returns its status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=LIMIT_S)

    def close(self):
        for node in self.nodes:
            node.close()
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        self.process.stdout.close()
        self.process.stderr.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Node:
    """A node that is a socket."""

    def __init__(self, directory, number):
        self.number = number
        self.nic = directory / f"nic{number}"
        self.wire = directory / f"wire{number}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.nic.unlink(missing_ok=True)
        self.socket.bind(str(self.nic))

    def send(self, payload, to=ALL):
        self.send_raw(to + address(self.number) + FRAME_TYPE + payload)

    def send_raw(self, frame):
        self.socket.sendto(frame, str(self.wire))

    def read(self):
        """What is there now."""
        frames = []
        while select.select([self.socket], [], [], 0)[0]:
            frames.append(self.socket.recv(4096))
        return frames

    def receive(self, wanted=lambda frame: True):
        """The next frame of that kind."""
        deadline = time.monotonic() + LIMIT_S
        while select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
            frame = self.socket.recv(4096)
            if wanted(frame):
                return frame
        pytest.fail(f"node {self.number} waited for a frame in vain")

    def close(self):
        self.socket.close()
        self.nic.unlink(missing_ok=True)


@pytest.fixture
def segments():
    """A function that starts a segment; all of them are ended with the test."""
    opened = []

    def start(nodes, *options, **fields):
        opened.append(Segment(nodes, *options, **fields))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def payloads(frames):
    return [frame[14:] for frame in frames]


# ------------------------------------------------------------------------------- plain sockets

def test_hub_and_switch(segments):
    segment = segments(3)
    one, two, three = segment.node(1), segment.node(2), segment.node(3)
    # No more than any machine keeps for a socket.
    for number in range(9):
        one.send(b"%d" % number)
    got = segment.settle()
    everything = [b"%d" % number for number in range(9)]
    assert payloads(got[2]) == payloads(got[3]) == everything and got[1] == []
    segment.ctl("switch")
    three.send(b"here I am")
    segment.settle()
    one.send(b"to three", to=address(3))
    two.send(b"to all")
    got = segment.settle()
    assert payloads(got[3]) == [b"to three", b"to all"] and payloads(got[2]) == []
    assert payloads(got[1]) == [b"to all"]


def lost_frames(segment):
    """Which of 300 frames do not come to node 2?"""
    one, two = segment.node(1), segment.node(2)
    seen = set()
    for number in range(300):
        one.send(b"%d" % number)
        # Nothing is lost by a full socket.
        if number % 5 == 4:
            seen.update(payloads(segment.settle()[2]))
    one.close()
    two.close()
    segment.nodes.clear()
    return {number for number in range(300) if b"%d" % number not in seen}


def test_loss_follows_from_the_seed(segments):
    lost = lost_frames(first := segments(2, "seed=5"))
    assert lost == set()
    first.ctl("seed 5", "loss 1 2 20%")
    lost = lost_frames(first)
    assert 30 < len(lost) < 90
    assert first.stats("1 2")["lost"] == len(lost)
    again = segments(2, "seed=5")
    again.ctl("loss * * 0.2")
    assert lost_frames(again) == lost
    again.ctl("seed 6")
    assert lost_frames(again) != lost


def test_other_faults(segments):
    segment = segments(2)
    one, _ = segment.node(1), segment.node(2)
    frame = ALL + address(1) + FRAME_TYPE + bytes(50)
    segment.ctl("corrupt 1 2 1")
    one.send_raw(frame)
    (spoilt,) = segment.settle()[2]
    assert sum((a ^ b).bit_count() for a, b in zip(frame, spoilt)) == 1
    segment.ctl("clear", "duplicate 1 2 1")
    one.send_raw(frame)
    assert segment.settle()[2] == [frame, frame]


def test_frames_pass_each_other(segments):
    """With delays of a minute, so that it does not matter how slow this machine is."""
    segment = segments(3)
    one, two, three = segment.node(1), segment.node(2), segment.node(3)
    segment.ctl("delay 1 3 60000000")
    one.send(b"early")
    segment.wait_stats(lambda now: now["sent"] == 1)
    two.send(b"late")
    assert payloads([three.receive()]) == [b"late"] and segment.stats("1 3")["waiting"] == 1
    segment.ctl("clear", "reorder 1 3 50% 60000000")
    for number in range(9):
        one.send(b"%d" % number)
    segment.wait_stats(lambda now: now["sent"] == 11)
    now = segment.stats("1 3")
    assert 0 < now["reordered"] < 9 and now["waiting"] == 1 + now["reordered"]
    came = payloads([three.receive() for _ in range(9 - now["reordered"])])
    assert came == sorted(came) and three.read() == []
    segment.ctl("rate 2 3 1000000", "rate 2 1 100")
    for number in range(5):
        two.send(bytes(86))
    for number in range(5):
        three.receive()
    assert segment.stats("2 1")["waiting"] == 5


def test_partition(segments):
    segment = segments(4)
    nodes = [segment.node(number) for number in (1, 2, 3, 4)]
    segment.ctl("partition 1,2/3,4")
    for node in nodes:
        node.send(b"%d" % node.number)
    got = segment.settle()
    assert {number: payloads(frames) for number, frames in got.items()} == {
        1: [b"2"], 2: [b"1"], 3: [b"4"], 4: [b"3"]}
    segment.ctl("heal", "cut 1 2")
    nodes[0].send(b"one way")
    nodes[1].send(b"the other")
    got = segment.settle()
    assert payloads(got[2]) == [] and b"the other" in payloads(got[1])
    assert segment.stats()["cut"] == 9


def test_attacks(segments, tmp_path):
    capture = tmp_path / "all.pcap"
    segment = segments(3, f"pcap={capture}")
    one, _, _ = segment.node(1), segment.node(2), segment.node(3)
    frames = [ALL + address(1) + FRAME_TYPE + b"%020d" % number for number in range(5)]
    for frame in frames:
        one.send_raw(frame)
    segment.settle()
    assert segment.ctl("replay 1 * 2", "replay 1 3 1", "replay 1 1 1") == ["frames=2", "frames=1",
                                                                           "frames=1"]
    got = segment.settle()
    assert got == {1: frames[4:], 2: frames[3:], 3: frames[3:] + frames[4:]}
    forged = ALL + address(2) + FRAME_TYPE + b"forged"
    segment.ctl(f"inject 2 3 {forged.hex()}")
    assert segment.settle() == {1: [], 2: [], 3: [forged]}
    assert segment.refused("pcap /dev/null").startswith("error: /dev/null: ")
    segment.ctl("pcap off")
    expected = frames + frames[3:] + frames[4:] + frames[4:] + [forged]
    assert read_pcap(capture) == expected
    one.send_raw(frames[0])
    segment.settle()
    assert read_pcap(capture) == expected
    assert "No such file" in segment.refused(f"pcap {tmp_path}/none/x")


def read_pcap(path):
    """The frames of a capture."""
    data = path.read_bytes()
    assert struct.unpack_from("<IHH", data) == (0xa1b2c3d4, 2, 4)
    assert struct.unpack_from("<I", data, 20) == (1,)
    frames, at = [], 24
    while at < len(data):
        stored, length = struct.unpack_from("<II", data, at + 8)
        assert stored == length
        frames.append(data[at + 16:at + 16 + stored])
        at += 16 + stored
    return frames


def test_nodes_come_and_go(segments):
    segment = segments(3)
    one, two = segment.node(1), segment.node(2)
    one.send(b"first")
    assert payloads(segment.settle()[2]) == [b"first"]
    assert segment.stats("1 3")["absent"] == 1
    two.close()
    segment.nodes.remove(two)
    one.send(b"to nobody")
    segment.settle()
    assert segment.stats("1 2")["absent"] == 1
    segment.node(2)
    one.send(b"again")
    assert payloads(segment.settle()[2]) == [b"again"]
    one.send_raw(b"short")
    one.send_raw(bytes(3000))
    segment.wait_stats(lambda now: now["bad"] == 2)


def test_a_frozen_node_stops_nobody(segments):
    segment = segments(3)
    one, _, three = segment.node(1), segment.node(2), segment.node(3)
    segment.nodes.pop(1)  # settle does not read what node 2 gets
    for number in range(1500):
        one.send(b"%d" % number)
        if number % 5 == 4:
            assert payloads([three.receive() for _ in range(5)])[4] == b"%d" % number
    segment.settle()
    account = segment.stats("1 2")
    assert account["refused"] > 0 and account["refused"] + account["delivered"] == 1500
    assert segment.stats("1 3")["delivered"] == 1500


def test_sixty_four_nodes(segments):
    segment = segments(64)
    nodes = [segment.node(number) for number in range(1, 65)]
    nodes[63].send(b"hello")
    got = segment.settle()
    assert all(payloads(frames) == [b"hello"] for number, frames in got.items() if number != 64)
    done = subprocess.run([SEGMENT, segment.directory / "more", "run", "65"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and "1 to 64 nodes" in done.stderr


def test_control(segments):
    segment = segments(2)
    assert segment.refused("loss 1 3 0.5") == "error: a node is a number from 1 to 2 or *, not '3'\n"
    assert "no such command: 'lose'" in segment.refused("lose 1 2 0.5")
    path = str(segment.directory / "ctl")
    clients = [socket.socket(socket.AF_UNIX) for _ in range(16)]
    for client in clients:
        client.settimeout(LIMIT_S)
        client.connect(path)
        client.sendall(b"settings\nshow 1 2\nnonsense\n")
        with client.makefile() as answers:
            lines = [answers.readline() for _ in range(3)]
        assert lines[0].startswith("ok nodes=2") and lines[1].startswith("ok cut=0")
        assert lines[2].startswith("error: no such command")
    assert "too many clients" in segment.refused("stats")
    for client in clients[1:]:
        client.close()
    clients[0].sendall(b"x" * 8192)
    assert clients[0].recv(100) == b"error: the line is too long\n"
    assert clients[0].recv(100) == b""
    clients[0].close()
    segment.ctl("stats")


def test_beginning_and_end(segments):
    segment = segments(2)
    words = [SEGMENT, segment.directory, "run", "2"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "another segment runs there" in done.stderr
    segment.ctl("stats")
    segment.process.kill()
    segment.process.wait()
    # What a killed one leaves behind is in nobody's way.
    second = segments(2, directory=segment.directory)
    assert second.ctl("quit") == [""]
    assert second.process.wait(timeout=LIMIT_S) == 0
    third = segments(2, directory=segment.directory)
    assert third.end() == 0
    assert os.listdir(segment.directory) == ["lock"]
    done = subprocess.run([SEGMENT, segment.directory, "ctl", "stats"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and "no segment answers" in done.stderr


# ------------------------------------------------------------------------------------- machines

def boot_peer(boot, segment, node, role, card=qemu.PCI_CARD):
    """Boots tests/kernel/nic_peer.c as a node of the segment."""
    return boot(modules=[(PEER, f"{qemu.BOOT_WORDS} role={role}")],
                append="console=com0 panic-reboot",
                extra=qemu.segment_card(segment.directory, node, card))


def frame_of(number, length, to, sender):
    """What test_frame_make of tests/kernel/lib/nic.c makes."""
    seed = (number ^ number >> 8 ^ number >> 16 ^ number >> 24) + sum(to) + sum(sender)
    body = bytes((seed * 31 + index * 7 + (index >> 8)) & 0xff for index in range(18, length))
    return to + sender + FRAME_TYPE + struct.pack("<I", number) + body


def expect_passed(terminal):
    terminal.expect(r"1\.\.\d+\r*\n", 60)
    log = terminal.log.read_text(encoding="utf-8")
    assert "not ok" not in log and "Bail out" not in log, log
    assert terminal.expect_end() == 0


@pytest.mark.parametrize("card", [qemu.PCI_CARD, qemu.ISA_CARD], ids=["pci", "isa"])
def test_a_machine_and_a_socket(boot, segments, card):
    """Every frame that a socket sends comes back from the driver, byte for byte."""
    segment = segments(2)
    here = segment.node(2)
    there = boot_peer(boot, segment, 1, "answer", card)
    there.expect(r"# ready\r*\n", 60)
    for number, length in enumerate([60, 61, 62, 63, 64, 255, 256, 257, 1000, 1513, 1514] * 20):
        here.send_raw(frame_of(number, length, ALL if number == 0 else address(1), address(2)))
        assert here.receive() == frame_of(number, length, address(2), address(1))
    here.send_raw(frame_of(LAST_QUESTION, 60, address(1), address(2)))
    here.receive()
    expect_passed(there)
    assert segment.stats("1 2")["delivered"] == 221


def test_two_machines_on_a_bad_wire(boot, segments):
    """A PCI and an ISA card, each in a machine of its own."""
    segment = segments(2, "seed=3")
    segment.ctl("loss * * 0.1", "duplicate * * 0.05", "corrupt * * 0.05", "reorder * * 0.1")
    answering = boot_peer(boot, segment, 1, "answer", qemu.ISA_CARD)
    answering.expect(r"# ready\r*\n", 60)
    asking = boot_peer(boot, segment, 2, "ask")
    expect_passed(asking)
    segment.ctl("clear")
    expect_passed(answering)
    stats = segment.stats()
    assert min(stats[fault] for fault in ("lost", "duplicated", "corrupted", "reordered")) > 0
