"""The words and the state of clusters, without a machine: names, partitions, faults, records."""
import argparse
import os
import subprocess

import pytest

from clusters import is_alive
from masix import cluster, console, keys, start, status, terminal, wire
from masix.errors import MasixError
from masix.process import Process, spawn
from masix.segment import parse_answer


def number_of(word):
    """A person's word for one of 3 nodes."""
    made = cluster.Cluster("words")
    made.settings = {"nodes": 3}
    return made.node("cut", word).number


@pytest.mark.parametrize("name", ["main", "a", "0x", "a.b-c_d", "x" * 32])
def test_cluster_names(name):
    assert cluster.Cluster(name).settings is None
    longest = cluster.Cluster(name).folder / "node63" / "console.log"
    assert len(str(longest)) < 100


@pytest.mark.parametrize("name", ["", ".", "..", "-x", "A", "a/b", "x" * 33, "a\n"])
def test_what_is_no_cluster_name(name):
    with pytest.raises(MasixError):
        cluster.Cluster(name)


@pytest.mark.parametrize("words, groups", [
    ("1,2/3", "1,2/3"), ("node1/node2,3", "1/2,3"), ("2", "2"), ("1/2/3", "1/2/3")])
def test_partitions(words, groups):
    assert wire.parse_groups(words, number_of) == groups


@pytest.mark.parametrize("words", ["", "0", "4", "01", "1,1/2", "1//2", "1,", "node", "a", "1/2/1"])
def test_what_is_no_partition(words):
    with pytest.raises(MasixError):
        wire.parse_groups(words, number_of)


def faults(*words):
    parser = argparse.ArgumentParser()
    wire.add(parser.add_subparsers())
    return parser.parse_args(["loss", *words])


@pytest.mark.parametrize("words, lines", [
    ([], []),
    (["10%"], ["loss 1 * 10%"]),
    (["--off"], ["clear 1 *"]),
    (["0.1", "--seed", "7", "--off"], ["seed 7", "clear 1 *", "loss 1 * 0.1"]),
    (["--reorder", "1%", "--within", "2.5ms"], ["reorder 1 * 1% 2500"]),
    (["--delay", "1s"], ["delay 1 * 1000000 0"]),
    (["--jitter", "20us"], ["delay 1 * 0 20"]),
    (["--rate", "3M"], ["rate 1 * 3000000"]),
])
def test_faults(words, lines):
    assert wire.fault_lines(faults(*words), 1, "*") == lines


def test_all_links_are_cleared_at_once():
    assert wire.fault_lines(faults("--off"), "*", "*") == ["clear"]


@pytest.mark.parametrize("text", ["", "1", "ms", "-1ms", "1 ms", "1m", "1.ms"])
def test_what_is_no_time(text):
    with pytest.raises(MasixError):
        wire.parse_time_us(text)


def test_answers_of_the_segment():
    assert parse_answer("cut=0 loss=0.25 rate=3 mode=hub junk") == {
        "cut": 0, "loss": 0.25, "rate": 3, "mode": "hub"}
    assert parse_answer("loss=1e-06") == {"loss": 1e-6}


def test_the_widest_table_fits():
    counters = dict.fromkeys(("sent", "offered", "delivered", "lost", "cut", "overflow", "refused",
                              "absent", "waiting", "duplicated", "reordered", "corrupted", "bad"),
                             9999999)
    lines = wire.stats_table(counters, [("63 to 62", counters)])
    assert max(map(len, lines[:3])) < 80
    assert all(len(line.split()) in (9, 11) for line in lines[:3])


def test_durations():
    assert [status.duration(s) for s in (0, 59.9, 61, 3599, 3600, 86399, 86400, 700000)] == [
        "0:00", "0:59", "1:01", "59:59", "1:00:00", "23:59:59", "1d 00h", "8d 02h"]


def test_keys_of_the_console():
    def keys_of(typed, prefixed=False):
        return terminal.split_keys(typed, prefixed, console.COMMANDS)

    assert keys_of(b"abc") == (b"abc", None, False)
    assert keys_of(b"a\x01xb") == (b"a", "leave", False)
    assert keys_of(b"\x01") == (b"", None, True)
    assert keys_of(b"N", True) == (b"", "next", False)
    assert keys_of(b"\x01\x01\x01q7") == (b"\x01q7", None, False)
    assert keys_of(b"\x017") == (b"", "7", False)
    assert terminal.split_keys(b"\x01n\x01X", False, terminal.LEAVE) == (b"n", "leave", False)


def test_the_next_console():
    made = cluster.Cluster("words")
    made.settings = {"nodes": 3}
    nodes = made.nodes()

    def chosen(current, command):
        return console.choose(nodes, nodes[current - 1], command).number

    assert [chosen(n, "next") for n in (1, 2, 3)] == [2, 3, 1]
    assert [chosen(n, "previous") for n in (1, 2, 3)] == [3, 1, 2]
    assert [chosen(1, key) for key in ("1", "3", "4", "ended")] == [1, 3, 1, 1]


def test_rosters_of_any_size():
    text = ("# servers\nnode node1 1 may-publish\nnode other 2\npublish time node3 node1 # both\n"
            "publish far node3\nserver gns\n\tpci 10ec:8029\n")
    lines = keys.roster_conf(text, 2).splitlines()
    assert [line for line in lines if line.startswith("node")] == [
        f"node node{n} {n} may-start-tasks may-publish" for n in (1, 2)]
    assert [line for line in lines if line.startswith("publish")] == ["publish time node1"]
    assert "server gns" in lines and "\tpci 10ec:8029" in lines and "# servers" in lines


def test_windows():
    here = {"DISPLAY": ":0"}
    assert start.choose_display(here, "none\nsdl\n") == "sdl"
    assert start.choose_display({"WAYLAND_DISPLAY": "w"}, "gtk sdl") == "gtk"
    for environment, known in (({}, "gtk"), (here, "none\ncurses\n")):
        with pytest.raises(MasixError):
            start.choose_display(environment, known)


def test_last_words(tmp_path):
    log = tmp_path / "console.log"
    assert cluster.last_words(log) == ""
    log.write_bytes(b"x" * 9000 + b"\r\npanic: no memory (really)\r\n\x1b[2J\x1b[3;1H\x1b[0m\r\n")
    assert cluster.last_words(log) == "panic: no memory (really)"


# ----------------------------------------------------------------------------- records of processes

def test_a_spawned_process_is_found_and_ended(tmp_path):
    process = spawn(["sleep", "1000"], tmp_path / "process", tmp_path / "log")
    found = Process.read(tmp_path / "process")
    assert found.pid == process.pid and found.is_alive() and is_alive(found.pid)
    assert os.getsid(found.pid) == found.pid != os.getsid(0)
    assert 0 <= found.age_s() < 1000
    assert found.end(15) and not found.is_alive() and not is_alive(found.pid)
    assert found.end(15)


def test_a_record_of_another_time_is_nobody(tmp_path):
    """The number of a process that has ended is given again one day."""
    sleeper = subprocess.Popen(["sleep", "1000"])
    try:
        real = Process.of_pid(sleeper.pid)
        assert real.is_alive()
        for other in (Process(real.pid, real.start_ticks + 1, real.boot),
                      Process(real.pid, real.start_ticks, "another boot")):
            assert not other.is_alive() and other.end(9)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()
    assert not real.is_alive()


@pytest.mark.parametrize("text", ["", "1", "1 2", "x 2 boot", "1 2 3 4", "\n"])
def test_broken_records_say_nothing(tmp_path, text):
    (tmp_path / "process").write_text(text)
    assert Process.read(tmp_path / "process") is None
    assert Process.read(tmp_path / "none") is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"nodes": 0}', '{"nodes": "x"}', '{"nodes": 64}',
                                  '{"nodes": 2}', '{"nodes": 2'])
def test_broken_settings_are_no_cluster(tmp_path, monkeypatch, text):
    monkeypatch.setattr(cluster, "FOLDER", tmp_path)
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "settings.json").write_text(text)
    assert cluster.Cluster("torn").settings is None
    assert cluster.all_started() == []
    with pytest.raises(MasixError, match="does not run"):
        cluster.find("stop", "torn")
