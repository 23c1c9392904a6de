"""Unmodified Linux programs: what they write and how they end, here and on this machine's Linux.

Each script of tests/unix/commands runs twice, by the same static programs of Debian: in a node, all
in one boot (tools/masix run), and on the kernel below. Output, errors and status are the same bytes.
"""
import os
import shutil
import subprocess

import machine
import pytest

TESTS = machine.ROOT / "tests" / "unix"
SCRIPTS = sorted(path.stem for path in (TESTS / "commands").glob("*.sh"))
PACKAGES = machine.BUILD / "packages" / "root"
PROGRAMS = {"busybox": "bin/busybox", "bash": "bin/bash-static", "zsh": "bin/zsh-static",
            "e2fsck.static": "sbin/e2fsck.static"}
TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))
VARIABLES = {"LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def make_tree(top):
    """bin with the programs, all of busybox's names, and the scripts."""
    (top / "bin").mkdir(parents=True)
    for name, path in PROGRAMS.items():
        shutil.copy(PACKAGES / path, top / "bin" / name)
    names = subprocess.run([top / "bin" / "busybox", "--list"], stdout=subprocess.PIPE,
                           check=True, text=True).stdout.split()
    for name in set(names) - set(PROGRAMS):
        (top / "bin" / name).symlink_to("busybox")
    shutil.copytree(TESTS / "commands", top / "commands")
    shutil.copy(TESTS / "run-commands", top)


def parse(data):
    """{name: (status, output, errors)} of what run-commands wrote."""
    found, place = {}, 0
    while True:
        end = data.find(b"\n", place)
        words = data[place:end].decode("ascii", "replace").split()
        if end < 0 or len(words) != 5 or words[0] != "case":
            return found
        status, output, errors = (int(word) for word in words[2:])
        place = end + 1 + output + errors
        if place > len(data):
            return found
        found[words[1]] = (status, data[end + 1:end + 1 + output].decode("utf-8", "replace"),
                           data[end + 1 + output:place].decode("utf-8", "replace"))


def run_here(top):
    done = subprocess.run([top / "bin" / "sh", top / "run-commands", top / "commands",
                           top / "work", *SCRIPTS], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={"PATH": f"{top}/bin", **VARIABLES}, start_new_session=True,
                          timeout=300 * TIME_SCALE)
    return parse(done.stdout), done.stderr


def run_in_masix(top):
    variables = [word for name, value in VARIABLES.items() for word in ("--env", f"{name}={value}")]
    done = subprocess.run([machine.ROOT / "tools" / "masix", "run", "--add", f"{top}/bin:/bin",
                           "--add", f"{top}/commands:/commands",
                           "--add", f"{top}/run-commands:/run-commands", *variables, "--",
                           "sh", "/run-commands", "/commands", "/tmp/work", *SCRIPTS],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=180 * TIME_SCALE)
    return parse(done.stdout), done.stderr


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Of Linux and of Masix: the results, and what went wrong around them."""
    top = tmp_path_factory.mktemp("commands")
    make_tree(top)
    return run_here(top), run_in_masix(top)


@pytest.mark.parametrize("name", SCRIPTS)
def test_same_as_linux(both, name):
    (expected, expected_log), (got, got_log) = both
    assert name in expected, f"it did not run on this machine's Linux: {expected_log}"
    assert name in got, f"it did not end in the node: {got_log}"
    assert got[name][1].splitlines() == expected[name][1].splitlines(), "standard output"
    assert got[name] == expected[name], "output, errors, status"
