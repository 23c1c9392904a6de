"""A part of busybox's own test suite, in a node (tests/unix/busybox_suite.py runs all of it)."""
import os
import sys

import machine

sys.path.insert(0, str(machine.ROOT / "tests" / "unix"))
import busybox_suite  # noqa: E402

APPLETS = ["basename", "cat", "cmp", "comm", "cp", "cut", "expr", "head", "ln", "mdev", "mkdir", "mv",
           "rm", "tail", "tr", "uniq"]
TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))


def test_small_applets():
    found = busybox_suite.count(busybox_suite.run(APPLETS, 180 * TIME_SCALE))
    known = busybox_suite.known_failures()
    assert [case for case in found["FAIL"] if case not in known] == []
    assert len(found["PASS"]) >= 80, len(found["PASS"])
