"""Clusters as a person runs them: start, status, consoles, faults, crashes, the end."""
import os
import shutil
import signal
import subprocess
import time

import machine as qemu
import pytest

from clusters import FOLDER, TIME_SCALE, TOOL, Cluster, is_alive, tool
from conftest import Terminal
from serial_screen import SerialScreen

# A frame from node 1 to everybody, of a type that no node knows.
FRAME = (b"\xff" * 6 + b"\x52\x54\x00\x77\x00\x01" + b"\x88\xb7" + bytes(46)).hex()


@pytest.fixture(scope="module")
def cluster():
    """Three nodes for the tests that leave them as they were."""
    made = Cluster(3, "--seed", "7")
    yield made
    made.close()
    # Its keys and logs stay for people; nobody wants a test's.
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


@pytest.fixture
def other():
    """A function that starts one more cluster, which ends with the test."""
    started = []

    def start(nodes, *words):
        started.append(Cluster(nodes, *words, suffix=f"-{len(started) + 1}"))
        return started[-1]

    yield start
    for made in started:
        made.close()
        shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def attach(terminal, words):
    """Starts a command that shows a console, and waits until it can be typed at."""
    screen = SerialScreen(terminal(words), TIME_SCALE)
    wait_prompt(screen)
    return screen


def wait_prompt(screen):
    screen.wait(lambda there: there.started and there.text().endswith("masix>"), 60)


def typed(screen, line, timeout_s=30):
    """The lines of a command's output."""
    screen.send("clear\r")
    screen.wait(lambda there: there.text() == "masix>")
    screen.send(line + "\r")
    screen.wait(lambda there: there.text() != "masix>" and there.text().endswith("\nmasix>"),
                timeout_s)
    return screen.text().splitlines()[1:-1]


def node_named(screen):
    """The node whose console this is: by what the node itself says."""
    return [line.split()[1] for line in typed(screen, "names") if line.startswith("console ")][0]


# ---------------------------------------------------------------------------- what the tool says

def test_start_says_when_each_node_is_up(cluster):
    lines = cluster.said.splitlines()
    assert lines[0] == f"Masix: cluster {cluster.name}, 3 nodes of 64 MB on a virtual Ethernet."
    assert [line.split()[:2] for line in lines[1:4]] == [[f"node{n}", "up"] for n in (1, 2, 3)]
    assert all(len(line) < 80 for line in lines)


def test_status_is_a_table(cluster):
    said = cluster.run("status")
    assert cluster.states() == {"node1": "up", "node2": "up", "node3": "up"}
    assert f"Cluster {cluster.name}: 3 nodes of 64 MB" in said and "a hub, seed 7" in said
    assert f" {cluster.process('node2')} " in said
    assert all(len(line) < 80 for line in said.splitlines()), said


def test_each_node_has_its_own_keys(cluster):
    status, said = tool("keys", "show", FOLDER / cluster.name / "keys")
    assert status == 0 and all(f"node{number}" in said for number in (1, 2, 3))
    assert "node4" not in said


# -------------------------------------------------------------------------------------- consoles

def test_consoles_switch_and_leave(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "2", "--name", cluster.name])
    assert node_named(screen) == "node2"
    for key, name in ((b"n", "node3"), (b"N", "node1"), (b"p", "node3"), (b"2", "node2"),
                      (b"9", "node2")):
        screen.started = False
        screen.send("\x01" + key.decode())
        wait_prompt(screen)
        assert node_named(screen) == name
    assert "process" in [line for line in cluster.run("status").splitlines()
                         if line.startswith("node2")][0]
    # Another terminal is told who has it.
    assert "another terminal has it" in cluster.refused("console", "node2")
    screen.send("echo \x01\x01typed")
    screen.wait("^masix> echo .*typed$")
    screen.send("\x01x")
    assert screen.terminal.expect_end() == 0
    assert set(cluster.states().values()) == {"up"}
    # Who comes next finds what stood there.
    again = SerialScreen(terminal([TOOL, "console", "2", "--name", cluster.name]), TIME_SCALE)
    again.wait("^masix> echo .*typed")
    again.send("\x03\x01x")
    assert again.terminal.expect_end() == 0


def test_a_node_knows_the_others(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "2", "--name", cluster.name])
    peers = typed(screen, "net")
    assert peers[0].startswith("node ")
    assert sorted(line.split()[0] for line in peers[1:]) == ["node1", "node3"]
    screen.send("\x01x")
    screen.terminal.expect_end()


def test_all_call_all_by_name(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
    for caller in ("1", "2", "3"):
        screen.started = False
        screen.send("\x01" + caller)
        wait_prompt(screen)
        for called in ("node1", "node2", "node3"):
            for _ in range(3):  # a node that was ended a moment ago may still be dying there
                said = typed(screen, f"ping {called}", 60)
                if said[0].startswith(f"example@{called} answered 100 calls"):
                    break
            else:
                pytest.fail(f"node{caller} to {called}: {said}")
    screen.send("\x01x")
    screen.terminal.expect_end()


def test_console_of_a_killed_node_comes_back(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "node3", "--name", cluster.name])
    cluster.run("kill", "node3")
    screen.wait("node3 has ended")
    assert "it does not run" in cluster.refused("console", "node3")
    screen.started = False
    cluster.run("restart", "node3")
    wait_prompt(screen)
    assert node_named(screen) == "node3"
    screen.send("\x01x")
    assert screen.terminal.expect_end() == 0


def test_screen_is_saved(cluster, tmp_path):
    path = tmp_path / "screen.png"
    assert "the screen of node2" in cluster.run("screen", "node2", path)
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert "several run" in cluster.refused("screen", path)


# ------------------------------------------------------------------------------ what nodes suffer

def test_kill_and_restart(cluster):
    before = cluster.process("node2")
    assert cluster.run("kill", "node2") == "node2 was killed.\n"
    assert not is_alive(before)
    assert cluster.states() == {"node1": "up", "node2": "killed", "node3": "up"}
    assert "it does not run (killed)" in cluster.refused("kill", "2")
    assert "tools/masix restart node2" in cluster.refused("freeze", "node2")
    assert cluster.run("restart", "node2", "node1").count("up after") == 2
    assert cluster.states() == {"node1": "up", "node2": "up", "node3": "up"}
    assert cluster.process("node2") != before


def test_a_node_that_ended_by_itself(cluster):
    os.kill(cluster.process("node3"), signal.SIGTERM)
    for _ in range(100):
        if cluster.states()["node3"] == "ended":
            break
        time.sleep(0.1)
    assert cluster.states()["node3"] == "ended"
    cluster.run("restart", "node3")


def test_freeze_and_thaw(cluster, terminal):
    screen = attach(terminal, [TOOL, "console", "node1", "--name", cluster.name])
    cluster.run("freeze", "node1")
    assert cluster.states()["node1"] == "frozen"
    screen.send("echo thawed\r")
    with pytest.raises(pytest.fail.Exception):
        screen.wait("^thawed$", 1 / TIME_SCALE)
    cluster.run("thaw", "node1")
    screen.wait("^thawed$")
    assert cluster.states()["node1"] == "up"
    screen.send("\x01x")
    screen.terminal.expect_end()


# -------------------------------------------------------------------------------------- the wire

def send_one(cluster, receiver="*"):
    """A frame of node 1; returns how many reached node 2 and node 3 meanwhile, and were cut."""
    before = [cluster.stats(1, number) for number in (2, 3)]
    cluster.segment(f"inject 1 {receiver} {FRAME}")
    deadline = time.monotonic() + 20 * TIME_SCALE
    while cluster.stats()["waiting"] and time.monotonic() < deadline:
        time.sleep(0.01)
    return [{name: after[name] - old[name] for name in after} for old, after in
            zip(before, [cluster.stats(1, number) for number in (2, 3)])]


def test_cut_and_heal(cluster):
    assert cluster.run("cut", "node1,3/2") == "Cut: node1 node3 | node2\n"
    to_2, to_3 = send_one(cluster)
    assert to_2["cut"] >= 1 and to_2["delivered"] == 0 and to_3["delivered"] >= 1
    assert "node1 to node2: cut" in cluster.run("loss")
    assert cluster.run("cut", "3") == "Cut: node3 | all others\n"
    to_2, to_3 = send_one(cluster)
    assert to_2["delivered"] >= 1 and to_3["cut"] >= 1 and to_3["delivered"] == 0
    cluster.run("heal")
    to_2, to_3 = send_one(cluster)
    assert to_2["delivered"] >= 1 and to_3["delivered"] >= 1 and to_2["cut"] == 0
    for groups, reason in (("4/1", "node3"), ("1/1", "twice"), ("1,,2", "no node"), ("", "no node")):
        assert reason in cluster.refused("cut", groups)


def test_faults_are_set_shown_and_taken_away(cluster):
    said = cluster.run("loss", "100%", "--from", "node1", "--to", "2", "--delay", "1ms",
                       "--jitter", "500us", "--rate", "10k", "--duplicate", "5%", "--reorder", "1%",
                       "--within", "2ms", "--corrupt", "0.01", "--seed", "9")
    assert "seed 9" in said
    assert ("  node1 to node2: loss 100%, duplicate 5%, reorder 1%, corrupt 1%, delay 1+0.5 ms, "
            "rate 10000 B/s\n") in said
    shown = cluster.segment("show 1 2")
    assert shown["delay_us"] == 1000 and shown["jitter_us"] == 500 and shown["reorder_us"] == 2000
    to_2, to_3 = send_one(cluster)
    assert to_2["lost"] >= 1 and to_2["delivered"] == 0 and to_3["delivered"] >= 1
    assert "every link is perfect" in cluster.run("loss", "--off")
    for words, reason in ((["2"], "a chance"), (["--delay", "soon"], "not a time"),
                          (["--rate", "fast"], "not a rate"), (["--within", "1ms"], "--reorder"),
                          (["--from", "1"], "nothing is to change"), (["--to", "x"], "no node")):
        assert reason in cluster.refused("loss", *words)
    assert "every link is perfect" in cluster.run("loss")


def test_stats_is_a_table(cluster):
    send_one(cluster)
    said = cluster.run("stats", "--links")
    lines = said.splitlines()
    assert lines[0].split()[:3] == ["LINK", "OFFERED", "DELIVERED"]
    assert [line.split()[:3] for line in lines[1:7]] == [
        [str(a), "to", str(b)] for a in (1, 2, 3) for b in (1, 2, 3) if a != b]
    # A node may send just now: less than what is counted afterwards.
    assert 0 < int(lines[7].split()[2]) <= cluster.stats()["delivered"]
    assert all(len(line) < 80 for line in lines), said


def test_pcap(cluster, tmp_path):
    status, said = tool("pcap", "--name", cluster.name, "all.pcap", cwd=tmp_path)
    assert status == 0 and "all.pcap" in said
    assert cluster.run("segment", f"inject 1 2 {FRAME}", "settings").startswith("ok\nok nodes=3 ")
    assert cluster.run("pcap", "off") == "The capture has ended.\n"
    assert bytes.fromhex(FRAME) in (tmp_path / "all.pcap").read_bytes()
    assert "No such file" in cluster.refused("pcap", "/nowhere/x")
    assert "blanks" in cluster.refused("pcap", "a b")


def test_a_killed_segment_is_seen_and_started_again(cluster):
    assert "it runs" in cluster.refused("restart", "segment")
    os.kill(cluster.process("segment"), signal.SIGKILL)
    for _ in range(100):
        if "HAS ENDED" in cluster.run("status"):
            break
        time.sleep(0.1)
    assert "does it run?" in cluster.refused("stats")
    cluster.run("restart", "segment")
    to_2, to_3 = send_one(cluster)
    assert to_2["delivered"] >= 1 and to_3["delivered"] >= 1


# --------------------------------------------------------------------------- beginnings and ends

def test_two_clusters_at_once(cluster, other):
    second = other(1)
    assert second.states() == {"node1": "up"}
    status, said = tool("stats")
    assert status == 1 and "several run" in said and second.name in said and cluster.name in said
    assert "it runs already" in second.refused("start")
    pids = second.processes()
    assert second.run("stop") == f"Cluster {second.name} was stopped.\n"
    assert not any(is_alive(pid) for pid in pids)
    assert set(cluster.states().values()) == {"up"}
    assert "it does not run" in second.refused("stop")
    left = {path.name for path in (FOLDER / second.name).rglob("*") if not path.is_dir()}
    assert not left & {"settings.json", "process", "serial", "qmp", "ctl", "wire1", "nic1"}, left


def test_a_crash_is_recognised(other):
    """All of it killed, nobody said stop; and a record whose process number is another's by now."""
    made = other(1)
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)
    for _ in range(100):
        if "nobody stopped it" in made.run("status"):
            break
        time.sleep(0.1)
    stranger = subprocess.Popen(["sleep", "1000"])
    try:
        record = FOLDER / made.name / "node1" / "process"
        record.write_text(" ".join([str(stranger.pid), *record.read_text().split()[1:]]))
        assert "nobody stopped it" in made.run("status")
        assert "begins anew" in made.run("start", "-n", "1")
        assert made.states() == {"node1": "up"}
        pid = made.process("node1")
        record.write_text(" ".join([str(stranger.pid), *record.read_text().split()[1:]]))
        made.run("stop")
        assert stranger.poll() is None
        os.kill(pid, signal.SIGKILL)  # of which its record knew nothing any more
    finally:
        stranger.kill()
        stranger.wait()


def test_start_with_a_console_ends_with_it(other, terminal):
    """Leaving stops everything; so does the death of the command, whatever kills it."""
    name = f"test-{os.getpid()}-console"
    words = [TOOL, "start", "--console", "-n", "2", "--name", name]
    for end in ("leave", signal.SIGTERM, signal.SIGKILL):
        screen = attach(terminal, words)
        assert node_named(screen) == "node1"
        pids = [int((FOLDER / name / item / "process").read_text().split()[0])
                for item in ("segment", "node1", "node2")]
        if end == "leave":
            screen.send("\x01x")
            assert screen.terminal.expect_end() == 0
        else:
            os.kill(screen.terminal.child.pid, end)
        deadline = time.monotonic() + 20 * TIME_SCALE
        while any(map(is_alive, pids)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(is_alive, pids)), end
    tool("stop", "--name", name)
    shutil.rmtree(FOLDER / name)


def test_a_start_that_fails_leaves_nothing():
    name = f"test-{os.getpid()}-fails"
    status, said = tool("start", "--name", name, "-n", "2", "--wait", "0")
    assert status == 1 and "not up after" in said
    assert not (FOLDER / name / "settings.json").exists()
    assert not (FOLDER / name / "node1" / "process").exists()
    shutil.rmtree(FOLDER / name)


@pytest.mark.parametrize("words, reason", [
    (["start", "-n", "0"], "choose 1 to 63"),
    (["start", "-n", "64"], "choose 1 to 63"),
    (["start", "--name", "../x"], "not a name"),
    (["start", "--mem", "1"], "choose 48"),
    (["start", "--seed", "-1"], "not a seed"),
    (["start", "--name", "nokeys", "--keys", "/nowhere"], "there is no such folder"),
    (["stop", "--name", "nobody"], "it does not run"),
    (["kill", "segment"], "cut"),
    (["revoke", "node2", "--name", "nobody"], "it does not run"),
])
def test_errors_say_what_to_do(words, reason):
    status, said = tool(*words)
    assert status == 1 and reason in said and said.startswith("tools/masix "), said


def test_every_command_has_help():
    status, said = tool("--help")
    assert status == 0
    commands = [line.split()[0] for line in said.split("COMMAND\n", 1)[1].splitlines() if line]
    assert {"start", "stop", "status", "console", "kill", "restart", "freeze", "thaw", "cut",
            "heal", "loss", "stats", "pcap", "segment", "screen", "revoke"} < set(commands)
    for command in commands:
        status, said = tool(command, "--help")
        assert status == 0 and said.startswith(f"usage: tools/masix {command}"), said
        assert all(len(line) <= 80 for line in said.splitlines()), said
