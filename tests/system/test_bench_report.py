"""The bench's report, from figures that were measured once: nothing is booted here."""
import importlib.machinery
import importlib.util
import json
import subprocess
import sys

import machine as qemu
import pytest

BENCH = qemu.ROOT / "tests" / "bench"


def load(path):
    """A script without .py as a module; it does nothing when it is loaded."""
    name = "bench_" + path.name + path.parent.name
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def no_bytecode(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


# Three rounds as they were measured: the second with a machine that had much else to do, the third
# without the figures of Linux.
ROUNDS = [
    ({"rpc_null": 314.6, "rpc_inline": 402.9, "bulk": 12.9, "idle": 0.011},
     {"udprtt 32": 242.3, "WG udprtt 32": 650.1, "tcpbulk": 7.779, "WG tcpbulk": 4.894,
      "idle": 0.014}),
    ({"rpc_null": 424.2, "rpc_inline": 390.1, "bulk": 10.429, "idle": 0.016},
     {"udprtt 32": 351.2, "WG udprtt 32": 670.0, "tcpbulk": 11.622, "WG tcpbulk": 1.196,
      "idle": 0.033}),
    ({"rpc_null": 285.9, "rpc_inline": 378.9, "bulk": 13.89, "idle": 0.011}, {}),
]
LINUX_LOG = """
RESULT udprtt size=32 n=500 lost=0 min=201.0 p50=242.3 p90=300.1 p99=800.2 max=9000.0 mean=260.0 us
WG RESULT udprtt size=32 n=500 lost=0 min=501.0 p50=650.1 p90=700.1 p99=900.2 max=990.0 mean=660.0 us
RESULT tcpbulk bytes=4000000 sec=0.514 MBps=7.779 Mbitps=62.23 retrans=21 rtt_us=900
WG RESULT tcpbulk bytes=4000000 sec=0.817 MBps=4.894 Mbitps=39.15 retrans=3 rtt_us=900
"""
OUR_LOG = """gns: card 52:54:00:77:00:01 at 0xc000, line 11
RESULT rpc_null size=0 n=500 min=260.1 p50=314.6 us ticks=786500
RESULT bulk bytes=4000000 MBps=12.600 kiloticks=800000
RESULT bulk bytes=4000000 MBps=13.200 kiloticks=760000
"""


def test_rows_of_both_kinds_of_guests():
    net = load(BENCH / "net" / "bench")
    assert net.read_rows(LINUX_LOG) == {"udprtt 32": 242.3, "WG udprtt 32": 650.1,
                                        "tcpbulk": 7.779, "WG tcpbulk": 4.894}
    assert net.read_rows(OUR_LOG) == pytest.approx({"rpc_null": 314.6, "bulk": 12.9})


def test_idle_part():
    """The share is the rounds' middle, and a node that takes more than the bar is told so."""
    idle = load(BENCH / "idle")
    rounds = [{"both": both, "alone": 0.013, "free": 39.4} for both in (0.011, 0.04, 0.012)]
    made = idle.build_part(rounds)
    rows = {row["name"]: row for row in made["tables"][0]["rows"]}
    assert rows["node with a Unix and a DOS program"]["share"] == 0.012
    assert {row["verdict"] for row in rows.values()} == {"ok"}
    assert made["notes"] == ["Of its 64 MB the first node has 39.4 MB free then."]
    rounds[0]["both"] = 0.031
    assert idle.build_part(rounds)["tables"][0]["rows"][0]["verdict"] == "MISSES THE BAR"


def test_network_part():
    """A ratio is the middle of the rounds that have both; what has no figure is not judged."""
    net = load(BENCH / "net" / "bench")
    report = net.build_part(ROUNDS, None)
    ratios = {row["name"]: row for row in report["tables"][1]["rows"]}
    call = ratios["encrypted call / WireGuard's UDP"]
    assert round(call["ratio"], 3) == round((314.6 / 650.1 + 424.2 / 670.0) / 2, 3)
    assert (call["verdict"], ratios["... / plain UDP"]["verdict"]) == ("ok", "misses the aim")
    bulk = ratios["encrypted bulk / WireGuard's TCP"]
    assert bulk["least"] < bulk["ratio"] < bulk["most"] and bulk["verdict"] == "ok, the aim too"
    assert ratios["idle, part of a core"]["verdict"] == "ok"
    alone = net.build_part([(ours, {}) for ours, _ in ROUNDS], "no packages")
    assert [row["verdict"] for row in alone["tables"][1]["rows"]] == ["", "", "", "", "ok"]
    slow = net.build_part([({**ROUNDS[0][0], "rpc_null": 700, "bulk": 4, "idle": 0.2},
                            ROUNDS[0][1])], None)
    assert [row["verdict"] for row in slow["tables"][1]["rows"]] == [
        "MISSES THE BAR", "misses the aim", "MISSES THE BAR", "", "MISSES THE BAR"]


def recorded():
    """A report with a part that was measured, one without its peer, and one that failed."""
    net = load(BENCH / "net" / "bench")
    parts = [net.build_part(ROUNDS, None), net.build_part(ROUNDS[2:], "it could not be downloaded"),
             {"part": "dos", "title": "dos: not measured", "peer": None, "without": None,
              "tables": [], "notes": ["tests/bench/dosbench/dosbench ended with status 1:"],
              "failed": True}]
    return {"quick": True, "seconds": 131, "load": "9.7 to 11.7", "parts": parts}


def test_text_of_a_report(tmp_path):
    """The text is made of the JSON alone."""
    file = tmp_path / "report.json"
    file.write_text(json.dumps(recorded()), "utf-8")
    shown = subprocess.run([BENCH / "report", "--show", file], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    assert shown[:4] == ["Masix's bench, quick: 131 s, load 9.7 to 11.7",
                         "  network  3 bars, 0 missed",
                         "  network  1 bars, 0 missed (without Linux)", "  dos      not measured"]
    assert "Without Linux: it could not be downloaded" in shown
    assert "operation       Masix    Linux" in shown
    assert "rpc_null      314.600        -" in shown
    assert "udprtt 32           -  296.750" in shown
    assert ("encrypted call / WireGuard's UDP  0.559  0.484  0.633     1    -  ok") in shown
    assert shown[-1] == "tests/bench/dosbench/dosbench ended with status 1:"


def test_a_part_that_fails_does_not_stop_the_report(tmp_path, monkeypatch, capsys):
    report = load(BENCH / "report")
    script = tmp_path / "broken"
    script.write_text("import sys\nsys.exit('bench: nothing to measure with')\n", "utf-8")
    good = tmp_path / "good"
    good.write_text("import pathlib, sys\npathlib.Path(sys.argv[sys.argv.index('--json') + 1])"
                    f".write_text({json.dumps(json.dumps(recorded()['parts'][0]))})\n", "utf-8")
    monkeypatch.setattr(report, "SCRIPTS", {"kernel": script, "network": good})
    monkeypatch.setattr(report, "ROOT", tmp_path)
    done = report.measure(["kernel", "network"], quick=True)
    assert [part.get("failed", False) for part in done["parts"]] == [True, False]
    assert "bench: nothing to measure with" in done["parts"][0]["notes"]
    assert "encrypted bulk" in capsys.readouterr().out
