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


def add(path, text, place):
    """Options that put a text of DOS (CR and LF) at a place of the tree."""
    path.write_bytes(text.replace("\n", "\r\n").encode("cp437"))
    return ["--add", f"{path}:{place}"]


def after(lines, prompt):
    """What came between the prompt with this command (its end) and the next."""
    at = next(i for i, line in enumerate(lines) if line.endswith(prompt))
    rest = lines[at + 1:]
    end = next((i for i, line in enumerate(rest) if line.startswith("C:\\") and ">" in line),
               len(rest))
    return rest[:end]


def test_autoexec_and_batch_files(tmp_path):
    """AUTOEXEC.BAT; CALLs within CALLs, SHIFT behind the ninth word, GOTO, FOR, IF, what is redirected."""
    files = add(tmp_path / "a", "@echo off\nset FROM=autoexec\ncall \\t\\one first\necho back %R%\n",
                "/autoexec.bat")
    files += add(tmp_path / "one", "@echo one %0 %1 %2.\ncall \\t\\two %1 second\necho one again\n",
                 "/t/one.bat")
    files += add(tmp_path / "two", "echo two %1 %2\ncall \\t\\three\nset R=%2\n", "/t/two.bat")
    files += add(tmp_path / "three", "goto end\necho never\n:end of it\necho three\n", "/t/three.bat")
    files += add(tmp_path / "shift", "@echo off\n:next\nif '%1'=='' goto done\necho %0 %9 [%1]\nshift\n"
                 "if not %1x==kx goto next\n:done\necho left %1 %2\n", "/t/move.bat")
    files += add(tmp_path / "set", "@echo off\nfor %%a in (one two;three,four) do if not %%a==two echo [%%a]\n"
                 "for %%a in (\\t\\t*.bat \\t\\none*.* x) do echo file %%a\n"
                 "if exist \\t\\nothing.bat echo no\nif exist \\t\\t*.bat echo yes\nif not exist \\t\\q echo none\n"
                 "if a==A echo no\nif not a==A echo they differ\nif \"ab\"==\"ab\" echo same\n"
                 "if errorlevel 1 echo no\nif errorlevel 0 if not errorlevel 1 echo zero\n"
                 "if not exist nosuch if not 1==2 for %%x in (in) do echo all %%x one\n", "/t/ifs.bat")
    lines, _ = typed("cd \\t\n"
                     "move 1 2 3 4 5 6 7 8 9 j k l\n"
                     "set\nifs\n"
                     "echo one>o\necho two>>o\necho three >> o\ntype o\n"
                     "type o | busybox sort | busybox head -n 1\n"
                     "echo a|busybox tr a b|busybox tr b c>p\ntype p\n"
                     "type nothing > q\nbusybox cat < nothing\n"
                     "nosuch | busybox cat\n"
                     "echo %FROM%\n", more=files)
    text = "\n".join(line.rstrip() for line in lines)
    assert "one \\t\\one first .\ntwo first second\nthree\none again\nback second" in text, text
    assert after(lines, ">move 1 2 3 4 5 6 7 8 9 j k l")[:2] == ["move 9 [1]", "1 j [2]"], text
    assert "9  [j]\nleft k l" in text.replace("9 [j]", "9  [j]"), text
    assert "FROM=autoexec" in text and "\nautoexec" in text
    assert "[one]\n[three]\n[four]\n" in text
    assert "file \\t\\THREE.BAT" in text and "file \\t\\TWO.BAT" in text
    assert "x\nyes\nnone\nthey differ\nsame\nzero\nall in one\n" in text, text
    assert after(lines, ">type o") == ["one", "two", "three "], text
    assert "one" in after(lines, "busybox head -n 1")
    assert after(lines, ">type p") == ["c"]
    assert text.count("File not found") == 2 and text.count("Bad command or file name") >= 1


def test_dir_and_copy(tmp_path):
    """DIR /W /P /A, COPY of several files into one, with wildcards, of devices, /A and /B."""
    files = []
    for number in range(30):
        files += add(tmp_path / f"f{number}", f"text {number}\n", f"/t/f{number:02}.txt")
    lines, _ = typed("cd \\t\n"
                     "dir /w *.txt\n"
                     "dir/p *.txt\n\n"
                     "dir \\t\\f0?.t*\n"
                     "dir nothing\n"
                     "dir q:\n"
                     "copy f00.txt+f01.txt+f02.txt all.dat\ntype all.dat\n"
                     "copy f0*.txt *.bak\ndir /b *.bak\n"
                     "copy f1?.txt joined.dat\n"
                     "copy /b f00.txt+f01.txt b.dat\ndir b.dat\n"
                     "copy f00.txt f00.txt\n"
                     "copy nothing.txt x\n"
                     "copy f03.txt con\n"
                     "copy f03.txt nul\n"
                     "copy con typed.txt\nby hand\n\x1a\n"
                     "type typed.txt\n"
                     "md sub\ncopy f2*.txt sub\ndir /b sub\n"
                     "del sub\nn\ndel sub\ny\nrd sub\n"
                     "ren *.bak *.old\ndir /b *.old\n", more=files)
    text = "\n".join(line.rstrip() for line in lines)
    wide = after(lines, ">dir /w *.txt")
    assert "F00.TXT         F01.TXT         F02.TXT         F03.TXT         F04.TXT" in "\n".join(wide)
    assert len([line for line in wide if line.startswith("F")]) == 6, wide
    assert any("30 file(s)" in line for line in wide)
    assert text.count("Press any key to continue . . .") == 1
    assert "10 file(s)" in "\n".join(after(lines, ">dir \\t\\f0?.t*"))
    assert "File not found" in after(lines, ">dir nothing")
    assert "Invalid drive specification" in after(lines, ">dir q:")
    assert after(lines, ">type all.dat") == ["text 0", "text 1", "text 2"]
    assert len([line for line in after(lines, ">dir /b *.bak") if line.endswith(".BAK")]) == 10
    assert any("B        DAT        16" in line for line in after(lines, ">dir b.dat")), text
    assert "File cannot be copied onto itself" in after(lines, ">copy f00.txt f00.txt")
    assert "File not found" in after(lines, ">copy nothing.txt x")
    assert "text 3" in after(lines, ">copy f03.txt con")
    assert "by hand" in after(lines, ">type typed.txt")
    assert len([line for line in after(lines, ">dir /b sub") if line.endswith(".TXT")]) == 10
    assert text.count("Are you sure (Y/N)?") == 2 and "Invalid path, not directory" not in text
    assert len([line for line in after(lines, ">dir /b *.old") if line.endswith(".OLD")]) == 10


def test_questions(tmp_path):
    """DATE and TIME until the answer is one; INT 24h: Retry, Ignore, Fail, Abort; of a drive too."""
    (tmp_path / "dos").write_text("drive A /floppy\n")
    lines, _ = typed("date\n13-13-2024\n2-30-2024\n2-29-2024\n"
                     "date\n\n"
                     "time 25:00\n13:45:10\n"
                     "date 1-2-93\ndate\n\n"
                     "echo x>prn\nri\n"
                     "copy \\dos\\b\\sub.bat prn\nrf\n"
                     "copy \\dos\\b\\sub.bat prn\na\n"
                     "dir a:*.txt\nrf\n"
                     "busybox mkdir /floppy\n"
                     "echo on it > a:on.txt\ndir /b a:\n"
                     "echo still here\n", more=["--add", f"{tmp_path / 'dos'}:/etc/dos"])
    text = "\n".join(line.rstrip() for line in lines)
    assert text.count("Not ready reading drive A\nAbort, Retry, Fail?") == 2, text
    assert after(lines, ">dir /b a:") == ["ON.TXT"], text
    assert text.count("Invalid date") == 2 and text.count("Invalid time") == 1
    assert "Thu 02-29-2024" in text and "Sat 01-02-1993" in text
    assert text.count("Enter new date (mm-dd-yy):") == 5, text
    assert text.count("Not ready writing device") == 5
    assert "Abort, Retry, Ignore, Fail?" in text
    assert "still here" in lines[-2] or "still here" in lines, text
