"""COMMAND.COM: batch files, redirection, pipes, and what DOS and Unix programs do together."""
import os
import subprocess

import machine

BUSYBOX = machine.BUILD / "packages" / "root" / "bin" / "busybox"
PROGRAMS = machine.BUILD / "tests" / "dos"
BATCHES = machine.ROOT / "tests" / "dos" / "batch"
TIME_SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))


def run(*words, data=b"", more=()):
    """The tool's CompletedProcess, in C:\\DOS\\B, with the programs of tests/dos in PATH."""
    command = [machine.ROOT / "tools" / "masix", "run", "--add", f"{BUSYBOX}:/bin/busybox",
               "--add", f"{BATCHES}:/dos/b", "--cwd", "/dos/b", "--env", "DOSPATH=C:\\DOS;C:\\BIN"]
    for name in ("hello", "keys", "child", "free", "leave", "via2e"):
        command += ["--add", f"{PROGRAMS / name}.com:/dos/{name}.com"]
    return subprocess.run([*command, *more, "--", *words], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=120 * TIME_SCALE)


def typed(text, more=()):
    """What the shell says to these lines, each with its prompt, without empty lines."""
    done = run("/bin/dos", data=text.replace("\n", "\r\n").encode("cp437"), more=more)
    return [line for line in done.stdout.decode("cp437").replace("\r", "").split("\n") if line], done


def test_a_batch_file():
    done = run("./main.bat", "a", "b", "c")
    lines = [line.rstrip() for line in done.stdout.decode().replace("\r", "\n").split("\n")]
    expected = (BATCHES / "main.expected").read_text().split()
    assert " ".join(lines).split() == expected
    assert done.returncode == 9


def test_two_hundred_programs_leave_nothing():
    done = run("busybox", "sh", "-c", "/dos/b/many.bat; busybox cat /tmp/before /tmp/after")
    before, after = done.stdout.split()[:2], done.stdout.split()[2:]
    assert before == after and len(before) == 2


def test_dos_and_unix_programs_in_one_pipe():
    lines, done = typed("hello | busybox tr a-z A-Z > \\tmp\\up.txt\n"
                        "type \\tmp\\up.txt\n"
                        "busybox sh -c \"/dos/hello.com | busybox wc -c; exit 3\"\n"
                        "if errorlevel 3 echo three\n"
                        "busybox cat < \\tmp\\up.txt\n"
                        "busybox cat \\tmp\\up.txt C:\\tmp\\up.txt\n"
                        "exit 7\n")
    assert lines.count("HELLO FROM DOS!") == 4
    assert "17" in lines and "three" in lines
    assert done.returncode == 7


def test_the_end_of_the_input_ends_the_shell():
    lines, done = typed("echo last")
    assert lines[-2:] == ["last", "C:\\DOS\\B>"] and done.returncode == 0


def test_directories_and_changes_are_seen_at_once():
    lines, _ = typed("busybox mkdir /tmp/made\n"
                     "cd \\tmp\\made\n"
                     "echo words > by.dos\n"
                     "busybox sh -c \"cat by.dos; echo unix > By.Unix.Text; ls\"\n"
                     "dir /b\n"
                     "type BYUN~*.TEX\n"
                     "del *.dos\n"
                     "busybox ls\n", more=["--add", f"{BUSYBOX}:/bin/cat",
                                           "--add", f"{BUSYBOX}:/bin/ls"])
    assert "words " in lines and "unix" in lines
    assert lines.count("By.Unix.Text") == 2
    assert lines.count("by.dos") == 1 and lines.count("BY.DOS") == 1


def test_drives_by_etc_dos(tmp_path):
    (tmp_path / "dos").write_text("# drives\ndrive D /tmp\ndrive E /dos/b\nset LIB=D:\\LIB\n")
    lines, done = typed("echo x > d:\\x.txt\n"
                        "d:\n"
                        "cd\n"
                        "busybox sh -c \"busybox cat x.txt; pwd\"\n"
                        "dir e:many.bat\n"
                        "echo %LIB%\n"
                        "g:\n"
                        "c:\n", more=["--add", f"{tmp_path / 'dos'}:/etc/dos"])
    text = "\n".join(lines)
    assert "E:\\>" in text  # the longest root that fits the directory
    assert "\nD:\\\n" in text and "\nx \n" in text and "\n/tmp\n" in text
    assert "Directory of E:\\\n" in text and "MANY     BAT" in text
    assert "\nD:\\LIB\n" in text and "Invalid drive specification" in text and done.returncode == 0


def test_interrupts_of_the_shell():
    """INT 23h handlers that are left by a jump; INT 2Eh."""
    lines, _ = typed("leave <con\nvia2e\n")
    assert "left forty times" in lines
    assert lines.index("by INT 2Eh") + 1 == lines.index("and back")
