"""The boot archive: what tools/make-archive makes of a list, and what it refuses."""
import os
import subprocess

import machine as qemu
import pytest

TOOL = qemu.ROOT / "tools" / "make-archive"


def make(tmp_path, text, name="archive"):
    """Runs the tool on a list; returns (status, what it said, the archive's path)."""
    (tmp_path / "list").write_text(text)
    done = subprocess.run([TOOL, tmp_path / name, tmp_path / "list"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout, tmp_path / name


LIST = """# a comment
directory /d 755
file /d/f 640 {source}   # another
link /d/l f
node /d/n 600 character 5 1
fifo /d/p 622
"""


def test_debian_cpio_reads_it(tmp_path):
    (tmp_path / "source").write_bytes(b"some words\n")
    status, said, path = make(tmp_path, LIST.format(source=tmp_path / "source"))
    assert (status, said) == (0, "") and path.stat().st_size % 512 == 0
    listed = subprocess.run(["cpio", "-itv", "--quiet", "-n"], stdin=path.open("rb"), text=True,
                            stdout=subprocess.PIPE, check=True).stdout.splitlines()
    fields = {line.split()[-1 if " -> " not in line else -3]: line.split() for line in listed}
    assert {name: words[0] for name, words in fields.items()} == {
        "d": "drwxr-xr-x", "d/f": "-rw-r-----", "d/l": "lrwxrwxrwx", "d/n": "crw-------",
        "d/p": "prw--w--w-"}
    assert fields["d/f"][4] == "11" and fields["d/n"][4:6] == ["5,", "1"]
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(["cpio", "-i", "--quiet", "d/f", "d/l", "d"], stdin=path.open("rb"), cwd=out,
                   check=True)
    assert (out / "d" / "f").read_bytes() == b"some words\n"
    assert os.readlink(out / "d" / "l") == "f"


def test_same_sources_same_bytes(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 20)
    first = make(tmp_path, LIST.format(source=source), "first")[2].read_bytes()
    os.utime(source, (1, 1))
    source.chmod(0o777)
    assert make(tmp_path, LIST.format(source=source), "second")[2].read_bytes() == first


@pytest.mark.parametrize("line, expected", [
    ("directory d 755", "begins with /"),
    ("directory /d/ 755", "does not end with it"),
    ("directory /a/b 755", "/a comes later, or not at all"),
    ("directory /.. 755", "not a path"),
    ("directory /d 999", "not an entry"),
    ("directory /d 755 more", "wants 1 words"),
    ("file /f 644 nowhere/at/all", "is it built?"),
    ("node /n 600 odd 1 2", "not an entry"),
    ("something /s", "not an entry"),
    ("directory", "not an entry"),
    ("fifo /p 600\nfifo /p 600", "line 2: /p is there already"),
])
def test_refuses_a_bad_list(tmp_path, line, expected):
    status, said, path = make(tmp_path, line + "\n")
    assert status == 1 and expected in said and said.startswith("make-archive: ")
    assert not path.exists()


def sections(program):
    done = subprocess.run(["readelf", "-SW", program], stdout=subprocess.PIPE, text=True,
                          check=True)
    return done.stdout


def test_programs_are_small():
    """All of an image is read and measured at boot; a crash report wants functions' names."""
    words = subprocess.run([TOOL, "none", qemu.ROOT / "boot" / "archive.list", "--sources"],
                           stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    programs = [word for word in words
                if word.startswith(("build/servers/", "build/programs/", "build/personalities/")) and
                (qemu.ROOT / word).read_bytes().startswith(b"\x7fELF")]
    assert programs
    for name in programs + ["build/servers/acs/acs", "build/servers/process/process"]:
        program = qemu.ROOT / name
        assert ".debug_" not in sections(program), name
        assert ".symtab" in sections(program), name
        assert ".debug_info" in sections(f"{program}.debug"), name
