"""DOS programs as Unix processes: streams, status, signals, words, directory (tools/masix run)."""
import gzip
import hashlib
import os
import subprocess

import machine
import pytest

BUSYBOX = machine.BUILD / "packages" / "root" / "bin" / "busybox"
PACKAGES = machine.BUILD / "packages" / "root" / "usr"
PROGRAMS = machine.BUILD / "tests" / "dos"
TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))


def run(*words, data=b"", adds=(), more=()):
    """The tool's CompletedProcess; busybox and the named DOS programs are there."""
    command = [machine.ROOT / "tools" / "masix", "run", "--add", f"{BUSYBOX}:/bin/busybox"]
    for name in adds:
        command += ["--add", f"{PROGRAMS / name}:/dos/{name}"]
    return subprocess.run([*command, *more, "--", *words], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=120 * TIME_SCALE)


def shell(script, adds, data=b""):
    return run("busybox", "sh", "-c", script, adds=adds, data=data)


def test_streams_and_status_are_the_programs():
    done = run("/dos/keys.com", data=b"ab\rline one\nrest", adds=["keys.com"])
    assert (done.stdout, done.stderr, done.returncode) == \
        (b"a[a]b[b]line one\r[line one][rest]", b"", 7)


def test_hostile_machines_beside_a_shell():
    """Three machines: one holds the processor with interrupts off, one writes over its own DOS."""
    done = shell("cd /dos; ./stuck.com > /tmp/stuck & stuck=$!; ./scribble.com > /tmp/scribble 2>&1 & "
                 "busybox sleep 1; for i in 1 2 3; do /dos/hello.com; done; "
                 "busybox cat /tmp/stuck; kill -9 $stuck; wait $stuck; echo [$?]; kill -9 $! 2> /tmp/e; echo over",
                 ["hello.com", "stuck.com", "scribble.com"])
    assert done.stdout.decode() == 3 * "Hello from DOS!\r\n" + "stuck[137]\nover\n"


def test_in_pipelines():
    done = shell("cd /dos; ./hello.com | busybox tr a-z A-Z; printf 'xy\\rl\\nr' | ./keys.com | "
                 "busybox wc -c; ./hello.com > /tmp/o; busybox cat /tmp/o",
                 ["hello.com", "keys.com"])
    assert done.stdout.decode() == "HELLO FROM DOS!\r\n16\nHello from DOS!\r\n"
    assert done.stderr == b""


@pytest.mark.parametrize("name", ["memory.com", "fcb.com"])
def test_self_checks(name):
    done = run(f"/dos/{name}", adds=[name])
    assert b"not ok" not in done.stdout and b"ok " in done.stdout
    assert done.returncode == 0


def test_a_program_that_is_refused_ends_alone():
    done = shell("/dos/lgdt.com; echo $?; /dos/hello.com", ["lgdt.com", "hello.com"])
    assert b"the program has used LGDT" in done.stderr
    assert done.stdout == b"255\nHello from DOS!\r\n"


def test_signals():
    """A second ^C ends a program that never asks DOS for anything; SIGTERM and SIGKILL do at once."""
    done = shell("busybox timeout -s INT 1 busybox timeout -s INT 2 /dos/spin.com; echo $?; "
                 "for s in TERM KILL; do busybox timeout -s $s 1 /dos/spin.com; echo $?; done",
                 ["spin.com"])
    assert done.stdout.decode().split() == ["130", "143", "137"]


def test_three_machines_beside_a_shell():
    """One with interrupts off, one that writes nonsense over DOS's own data, one that computes."""
    done = shell("cd /dos; for p in stuck scribble spin; do busybox timeout -s KILL 60 ./$p.com "
                 ">/dev/null 2>&1 & done; busybox sleep 1; ./memory.com | busybox grep -c '^ok'; "
                 "./fcb.com | busybox grep -c '^not ok'; echo a shell | busybox tr a-z A-Z; "
                 "busybox killall -9 dos timeout; wait; echo $?",
                 ["stuck.com", "scribble.com", "spin.com", "memory.com", "fcb.com"])
    assert done.stdout.decode().split("\n")[:3] == ["14", "0", "A SHELL"], done.stdout


def test_loadlin(tmp_path):
    """Debian's: its help is that which DOSBox shows, and it does not boot from here."""
    program = tmp_path / "loadlin.exe"
    program.write_bytes(gzip.decompress((PACKAGES / "lib/loadlin/loadlin.exe.gz").read_bytes()))
    more = ["--add", f"{program}:/dos/loadlin.exe", "--add", f"{BUSYBOX}:/dos/vmlinuz",
            "--cwd", "/dos"]
    done = run("/dos/loadlin.exe", more=more)
    assert b"without any params, LOADLIN displays this help message." in done.stdout
    assert hashlib.sha256(done.stdout).hexdigest() == \
        "1a0455ab7468a95cf6b80f81abbe8f25e7b5e41d38a6bb21ff3df8ec5478e8c3"
    done = run("/dos/loadlin.exe", "vmlinuz", "root=/dev/ram", more=more)
    assert b"CPU is in V86 mode" in done.stdout and done.returncode == 1


def test_ethflop():
    done = run("/dos/ethflop.com", more=["--add",
                                         f"{PACKAGES / 'share/ethflop/ethflop.com'}:/dos/ethflop.com"])
    assert done.stdout.startswith(b"ethflop v") and b"=== USAGE ===" in done.stdout
