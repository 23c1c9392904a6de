#!/usr/bin/python3
"""Runs busybox's own test suite, of Debian's source package, against Debian's busybox-static in a node:

    tests/unix/busybox_suite.py [APPLET ...]     (all of them take about ten minutes)

Prints each case that fails and is not in tests/unix/busybox-failures, and a line with the counts. Ends
with 1 if there is such a case. tests/system/test_busybox.py runs some applets in make test.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ROOT / "build" / "packages"
SOURCE = PACKAGES / "src" / "busybox"
# Millions of numbers through two pipes: an hour under emulation.
TOO_LONG = {"bc"}
RESULTS = ("PASS", "FAIL", "SKIPPED", "UNTESTED")


def known_failures():
    """{case: reason}"""
    lines = (HERE / "busybox-failures").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


def all_applets():
    """Those of which the suite has tests."""
    tests = SOURCE / "testsuite"
    names = {path.stem for path in tests.glob("*.tests")}
    names |= {path.name for path in tests.iterdir() if path.is_dir()}
    return sorted(name for name in names - TOO_LONG if not name.startswith("mount.test"))


def make_tree(top):
    """bin with all of busybox's names, suite with the tests and what they were configured with."""
    (top / "bin").mkdir()
    busybox = PACKAGES / "root" / "bin" / "busybox"
    shutil.copy(busybox, top / "bin")
    names = subprocess.run([busybox, "--list"], stdout=subprocess.PIPE, check=True,
                           text=True).stdout.split()
    for name in set(names) - {"busybox"}:
        (top / "bin" / name).symlink_to("busybox")
    (top / "suite").mkdir()
    shutil.copy(busybox, top / "suite")
    shutil.copy(SOURCE / "debian" / "config" / "pkg" / "static", top / "suite" / ".config")
    shutil.copytree(SOURCE / "testsuite", top / "suite" / "testsuite", symlinks=True)


def run(applets, timeout_s=None):
    """What the suite printed."""
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        make_tree(top)
        return subprocess.run(
            [ROOT / "tools" / "masix", "run", "--mem", "256", "--add", f"{top}/bin:/bin",
             "--add", f"{top}/suite:/suite", "--cwd", "/suite/testsuite", "--env", "LANG=C.UTF-8",
             "--env", "TZ=UTC", "--", "sh", "./runtest", *applets],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, timeout=timeout_s).stdout.decode("utf-8", "replace")


def count(text):
    """{result: [case ...]}"""
    found = {result: [] for result in RESULTS}
    for line in text.splitlines():
        result, colon, case = line.partition(": ")
        if colon and result in found:
            found[result].append(case)
    return found


def main():
    found = count(run(sys.argv[1:] or all_applets()))
    known = known_failures()
    surprises = [case for case in found["FAIL"] if case not in known]
    for case in surprises:
        print(f"FAIL: {case}")
    print(", ".join(f"{len(found[result])} {result}" for result in RESULTS))
    return 1 if surprises or not found["PASS"] else 0


if __name__ == "__main__":
    sys.exit(main())
