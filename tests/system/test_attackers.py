"""Who listens to the wire, and who puts frames on it: tests/attack on the machines of a segment."""
import base64
import hashlib
import random

import pytest

from attackers import (ACCEPTED, ANSWERED, CURVE, HEADER, NAMED, NAMES, SHAKES, TYPES, UNLICENSED,
                       Cluster, read_frames, sent_to)
from test_segment import segments  # noqa: F401 (a fixture)

TEXTS = 64
# What nobody on the wire is to read.
SECRET_NAMES = [*NAMES, "lighthouse", "sunken-treasure", "sunken-treasure@cassiopeia"]
FORGED = "refused: the seal or code does not match"
REPLAYED = "refused: its counter or cookie was used before"
DATA_HEADER = 14
# What calls and a look-up now and then count.
USUAL = {"messages to other nodes", "messages from other nodes", "frames sent", ACCEPTED,
         "names: questions to one", "names: questions of others", "names: that nobody has"}


@pytest.fixture
def cluster(boot, segments, tmp_path):  # noqa: F811
    return Cluster(boot, segments(3, "seed=1"), tmp_path)


def marked_text(index):
    """As tests/attack/lighthouse.c makes them."""
    state = (index * 2654435761 + 12345) & 0xffffffff
    text = bytearray()
    for _ in range(32):
        state = (state * 1103515245 + 12345) & 0xffffffff
        text.append(ord("a") + (state >> 16) % 26)
    return bytes(text)


def start_calling(cluster, *others):
    """Nodes 1, 2 and others; 1 calls 2. Returns the capture of how they met, and a few calls."""
    cluster.capture()
    one, two = cluster.start(1), cluster.start(2)
    for number in others:
        cluster.start(number)
    one.until(lambda now: now.calls > 2 * TEXTS, "calls")
    for number in others:
        cluster.nodes[number].until(lambda now: True, "an account")
    frames = read_frames(cluster.captured())
    assert {frame.kind for frame in frames} == set(TYPES.values())
    return one, two, frames


def expect_unmoved(before, after, allowed=()):
    """Frames were refused, and nothing else has happened; calls went on."""
    assert after.failures == before.failures and after.peers == before.peers
    changed = {name for name in after.since(before) if not name.startswith("refused: ")}
    assert changed <= USUAL | set(allowed), after.since(before)


# ---------------------------------------------------------------------------------- who listens

def pieces(text, size):
    return {text[at:at + size] for at in range(len(text) - size + 1)}


def disguises(text):
    """{size: what would give a text away}: pieces of it as they are, in hex and base64; hashes."""
    found = {6: pieces(text, 6), 12: pieces(text.hex().encode(), 12) |
             pieces(text.hex().upper().encode(), 12), 8: set()}
    for shift in range(3):
        # Without what depends on the bytes before and after it.
        found[8] |= pieces(base64.b64encode(bytes(shift) + text)[4 if shift else 0:-4], 8)
    for known in (text, text + b"\0", text.ljust(64, b"\0")):
        for name in ("md5", "sha1", "sha256", "sha512", "blake2s"):
            found[6].add(hashlib.new(name, known).digest()[:6])
    return found


def given_away(frames, texts):
    """Which disguises of the texts are in the frames."""
    needles = {}
    for text in texts:
        for size, found in disguises(text).items():
            needles.setdefault(size, set()).update(found)
    return {piece for frame in frames for size, wanted in needles.items()
            for piece in pieces(frame, size) & wanted}


def test_nothing_is_readable(cluster):
    """Data of 64 calls, names of nodes, of a server, and of one that is asked for in vain."""
    _, _, frames = start_calling(cluster)
    everything = [frame.data for frame in frames]
    texts = [marked_text(index) for index in range(TEXTS)]
    texts += [name.encode() for name in SECRET_NAMES]
    assert given_away(everything, texts) == set()
    # The search finds what is there.
    for shown in (texts[5][3:9], texts[6].hex().encode(), base64.b64encode(b"x" + texts[7]),
                  NAMES[0].encode(), hashlib.sha256(b"lighthouse".ljust(64, b"\0")).digest()):
        assert given_away([everything[0] + shown], texts)


# -------------------------------------------------------------------------------- who alters bits

def flipped(frame):
    """The frame once for each bit behind the EtherType, with that bit flipped."""
    for bit in range(8 * (len(frame) - HEADER)):
        altered = bytearray(frame)
        altered[HEADER + bit // 8] ^= 1 << bit % 8
        yield bytes(altered)


def expect_once(cluster, frame):
    """It is accepted, and the same again is refused."""
    before = cluster.nodes[2].fresh()
    cluster.wire.ask("test", *[f"inject 1 2 {frame.data.hex()}"] * 3)
    after = cluster.nodes[2].until(lambda now: now.dealt_with() >= before.dealt_with() + 2, "two")
    assert cluster.nodes[2].fresh().dealt_with() == after.dealt_with()
    assert after.since(before)[REPLAYED] == 2
    expect_unmoved(before, after)


def test_each_bit_counts(cluster):
    """One frame of every type, each bit flipped: refused, and calls go on."""
    one, two, frames = start_calling(cluster)
    # DATA is a frame that has not come yet: else it would be refused for its age alone.
    lost = min(cluster.lost(1, 2), key=lambda frame: len(frame.data))
    before, after = cluster.inject(2, list(flipped(lost.data)))
    expect_unmoved(before, after)
    sealed = 8 * (len(lost.data) - HEADER - DATA_HEADER)
    assert after.since(before)[FORGED] >= sealed
    # Unaltered it is the one that was lost, once.
    expect_once(cluster, lost)
    for kind, sender in (("INIT", 1), ("RESP", 2), ("HELLO1", 1), ("HELLO2", 2), ("RESOLVE", 1),
                         ("HERE", 2), ("DATA", 2)):
        frame = next(frame for frame in frames if (frame.kind, frame.sender) == (kind, sender))
        before, after = cluster.inject(3 - sender, list(flipped(frame.data)))
        expect_unmoved(before, after)
    assert two.fresh().counters[SHAKES] == 1
    calls = one.fresh().calls
    one.until(lambda now: now.calls > calls, "calls go on")


# ------------------------------------------------------------------------- who repeats and invents

def settle(cluster, one, before, frames):
    """Waits until node 1 has dealt with so many answers to frames that it did not send."""
    after = one.until(lambda now: now.dealt_with() >= before.dealt_with() + frames, "answers")
    assert one.fresh().dealt_with() == before.dealt_with() + frames
    expect_unmoved(before, after, [NAMED])


def replay(cluster, frames, number, swap=False):
    """
    Frames of node 1 and 2 go to a node once more, in their order and shuffled. All are refused, but
    for questions, whose answers nobody waits for.
    """
    one = cluster.nodes[1]
    data = [sent_to(frame.data, number, 3 - frame.sender if swap else None) for frame in frames]
    shuffled = data[:]
    random.Random(number).shuffle(shuffled)
    idle = one.fresh()
    before, after = cluster.inject(number, data + shuffled)
    expect_unmoved(before, after, [ANSWERED, NAMED])
    if number != 1:
        answers = after.counters[ANSWERED] - before.counters[ANSWERED]
        if number == 2:
            answers += after.counters[NAMED] - before.counters[NAMED]
        settle(cluster, one, idle, answers)
    return after.since(before)


def shreds(frames):
    """Frames of handshakes: cut, longer, with another's end, and what never was one."""
    chance = random.Random(1)
    for data in frames:
        for size in range(60, len(data)):
            yield data[:size]
        yield data + data[HEADER:]
        for other in frames:
            at = chance.randrange(HEADER + 2, min(len(data), len(other)))
            if other[HEADER:at] != data[HEADER:at]:
                yield data[:at] + other[at:]
    for kind in TYPES:
        for size in range(60, 300, 4):
            yield frames[0][:HEADER] + bytes([1, kind]) + chance.randbytes(size - HEADER - 2)


def test_nothing_counts_twice(cluster):
    """Captures whole, shuffled, to another node, to their senders, to the next incarnation."""
    one, two, frames = start_calling(cluster, 3)
    to_two = [frame for frame in frames if frame.sender == 1]
    to_one = [frame for frame in frames if frame.sender == 2]
    assert replay(cluster, to_two, 2)[REPLAYED] > 2 * TEXTS
    assert replay(cluster, to_one, 1)[REPLAYED] > 2 * TEXTS
    assert ANSWERED not in replay(cluster, to_two, 3) | replay(cluster, to_one, 3)
    for swap in (False, True):
        assert ANSWERED not in (replay(cluster, to_two, 1, swap) | replay(cluster, to_one, 2, swap))
    known = [one.fresh().peers[2]]
    for _ in range(2):
        two.reset()
        known.append(one.until(lambda now: int(now.peers[2], 16) and now.peers[2] not in known,
                               "another incarnation").peers[2])
        calls = one.fresh().calls
        one.until(lambda now: now.calls > calls, "calls")
        assert REPLAYED not in replay(cluster, to_two, 2) | replay(cluster, to_one, 1)
    assert len(set(known)) == 3


def test_strangers_make_nobody_calculate(cluster):
    """Some thousand frames of handshakes that are none: no arithmetic, and calls go on."""
    one, two, frames = start_calling(cluster)
    shakes = [sent_to(frame.data, 2) for frame in frames if frame.kind != "DATA"]
    again = [sent_to(frame.data, 2) for frame in frames
             if frame.sender == 1 and frame.kind != "DATA"]
    many = list(shreds(shakes))
    # How many frames a handshake took, and so how many pieces there are, is not always the same.
    many += again * (max(3200 - len(many), 500 * len(again)) // len(again) + 1)
    random.Random(2).shuffle(many)
    calls, idle = one.fresh().calls, two.fresh()
    before, after = cluster.inject(2, many)
    assert len(many) > 3000 and after.counters[CURVE] == idle.counters[CURVE]
    expect_unmoved(before, after, [ANSWERED, NAMED])
    assert one.fresh().calls > calls


# ------------------------------------------------------------------------------- who claims a name

def test_a_name_without_a_licence(cluster):
    """A node of the cluster says that it has the name; it is counted, and not asked for it."""
    cluster.start(3, "impostor")
    one = cluster.start(1)
    alone = one.until(lambda now: now.counters[UNLICENSED] > 0, "a claim")
    assert alone.calls == 0 and alone.counters["names: questions to one"] == 0
    cluster.start(2)
    now = one.until(lambda now: now.calls > TEXTS, "calls")
    assert now.by == 2 and now.counters["associations that began"] == 1
