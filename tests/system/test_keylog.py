"""Looking inside: a cluster with a keylog, its capture opened and dissected; one call traced."""
import re
import shutil
import stat
import struct
import subprocess

import pytest

from clusters import FOLDER, TOOL, Cluster, tool
from conftest import qemu
from test_cluster import attach, typed

ETHERTYPE, KEYLOG_ETHERTYPE = 0x88b5, 0x88b6
DISSECTOR = qemu.BUILD / "tools" / "masix.lua"


def frames(path):
    """The frames of a capture."""
    content = path.read_bytes()
    at = 24
    while at + 16 <= len(content):
        size, = struct.unpack_from("<I", content, at + 8)
        yield content[at + 16:at + 16 + size]
        at += 16 + size


def ethertypes(path):
    return [struct.unpack_from(">H", frame, 12)[0] for frame in frames(path)]


@pytest.fixture
def calling(terminal):
    """A function that starts two nodes and lets the first one call the second."""
    made = []

    def start(*words):
        cluster = Cluster(2, *words, suffix="-keylog")
        made.append(cluster)
        return cluster

    def call(cluster):
        screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
        said = typed(screen, "ping node2", 60)
        assert len(said) == 1 and "answered 100 calls" in said[0], said
        return screen

    yield start, call
    for cluster in made:
        cluster.close()
        shutil.rmtree(FOLDER / cluster.name, ignore_errors=True)


def test_with_a_keylog_a_capture_can_be_read(calling, tmp_path):
    start, call = calling
    cluster = start("--keylog")
    assert "nothing that its nodes say is secret" in cluster.said
    screen = call(cluster)
    assert any("gns: KEYLOG" in line for line in typed(screen, "log")), typed(screen, "log")
    capture = FOLDER / cluster.name / "wire.pcap"
    assert stat.S_IMODE(capture.stat().st_mode) == 0o600
    assert KEYLOG_ETHERTYPE in ethertypes(capture)
    lines = cluster.run("decode").splitlines()
    assert max(map(len, lines)) <= 80
    for words in (r" *0\.000000 node\d ", r"node\d +> node\d +HELLO1", r"node\d +> node\d +HELLO2",
                  r"node\d +> node\d +INIT +sealed", r"node\d +> node\d +RESP +sealed",
                  r"node1 +> node2 +DATA +NAME_ASK to 0\.0 #0", r"node2 +> node1 +DATA +NAME_ANSWER"):
        assert any(re.search(words, line) for line in lines), words
    calls = [line for line in lines if "> node2" in line and "MESSAGE example_add to" in line]
    assert len({line.split("#")[1].split()[0] for line in calls}) == 100
    assert sum("MESSAGE example_add_reply to" in line for line in lines) >= 100
    assert not any("DATA    sealed" in line or "malformed" in line for line in lines)
    # The same as a capture: what was said is in it, and in the one from the wire it is not.
    opened = tmp_path / "open.pcap"
    cluster.run("decode", "--pcap", opened)
    assert b"example\0" in opened.read_bytes() and b"example" not in capture.read_bytes()
    assert set(ethertypes(opened)) <= {ETHERTYPE}
    if shutil.which("tshark") is not None:  # large, and not needed for anything else
        check_dissector(opened)


def check_dissector(opened):
    shown = subprocess.run(["tshark", "-X", f"lua_script:{DISSECTOR}", "-r", str(opened), "-T", "fields",
                            "-e", "_ws.col.Protocol", "-e", "_ws.col.Info"], capture_output=True,
                           text=True, timeout=120, check=True)
    assert "Lua" not in shown.stderr, shown.stderr
    assert "MASIX\tDATA: ACK, MESSAGE example_add" in shown.stdout
    assert "MESSAGE example_add_reply" in shown.stdout


def test_without_one_it_cannot(calling, tmp_path):
    start, call = calling
    cluster = start()
    capture = tmp_path / "all.pcap"
    cluster.run("pcap", capture)
    call(cluster)
    cluster.run("pcap", "off")
    assert set(ethertypes(capture)) == {ETHERTYPE}
    assert "no such capture" in cluster.refused("decode")
    data = [line for line in cluster.run("decode", capture).splitlines() if " DATA " in line]
    assert len(data) > 100 and all("sealed" in line for line in data)


STEPS = """node1 caller sends example_add to a proxy
node1 gns receives example_add from the proxy
wire node1 > node2 MESSAGE example_add to
node2 gns sends example_add to the port
node2 example receives example_add
node2 example sends example_add_reply
node2 gns receives example_add_reply from a proxy
wire node2 > node1 MESSAGE example_add_reply to
node1 gns sends example_add_reply to the reply port
node1 caller receives example_add_reply"""


def test_trace_shows_one_call_in_its_order():
    status, said = tool("trace")
    assert status == 0, said
    lines = said.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line.split() for line in lines if re.match(r" *\d+ +-?\d+ ", line)]
    assert len(rows) == len(STEPS.splitlines()), said
    for row, step in zip(rows, STEPS.splitlines()):
        assert " ".join(row[2:]).startswith(step), said
    times = [int(row[0]) for row in rows]
    assert times[0] == 0 and times == sorted(times) and times[-1] > 0, said
