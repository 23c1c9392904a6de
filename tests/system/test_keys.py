"""tools/keys: the keys and rosters of a cluster, on this machine alone (no QEMU)."""
import hashlib
import stat
import subprocess

import pytest

from conftest import qemu

KEYS = qemu.BUILD / "tools" / "keys"
PHRASE = "a long enough phrase"
SIGNATURE_BYTES = 64


def run(*words, status=0, text=None):
    """Runs the tool and returns all that it said."""
    done = subprocess.run([str(KEYS), *map(str, words)], input=text, capture_output=True, text=True,
                          timeout=60, check=False, start_new_session=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(b"a server")
    return path


@pytest.fixture
def conf(tmp_path, image):
    path = tmp_path / "roster.conf"
    path.write_text(f"""# a cluster
node alpha 1 may-start-tasks
node beta 0 may-publish
publish time beta alpha
server file
    image {image}
    image-if-built {tmp_path}/not-there
    archive
server console
    digest {'ab' * 32}
    io 0x3b0-0x3df
    interrupt 1
    pci 10ec:8029
    memory 0xa0000-0xbffff
    personality
""")
    return path


@pytest.fixture
def cluster(tmp_path, conf):
    """A cluster under a pass phrase, with a first roster."""
    folder = tmp_path / "cluster"
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE + "\n")
    run("cluster", folder, "--phrase-file", phrase)
    run("node", folder, "alpha")
    run("node", folder, "beta")
    run("roster", folder, conf, "--phrase-file", phrase)
    return folder


@pytest.fixture
def plain(tmp_path, conf):
    """The same without a pass phrase, which costs a second each time."""
    folder = tmp_path / "plain"
    run("development", folder, conf)
    return folder


def test_roster_says_what_the_description_says(plain, conf, image):
    shown = run("show", plain)
    assert "signature: right" in shown and "without a pass phrase" in shown
    assert "version 1, 2 nodes, 2 servers" in shown
    key = (plain / "nodes" / "alpha.public").read_bytes()
    assert f"node alpha 1 may-start-tasks # {hashlib.sha256(key).hexdigest()}" in shown
    assert "publish time beta alpha" in shown
    assert f"digest {hashlib.sha256(image.read_bytes()).hexdigest()}" in shown
    for line in ("io 0x3b0-0x3df", "interrupt 1", "pci 10ec:8029", "memory 0xa0000-0xbffff",
                 "archive", "personality"):
        assert f"\t{line}\n" in shown
    # What is shown describes the same roster again.
    again = conf.with_name("again.conf")
    again.write_text(shown)
    run("roster", plain, again, "--development")
    assert run("show", plain).replace("version 2", "version 1") == shown


def test_keylog_is_for_development_alone(cluster, plain, conf, tmp_path):
    """Who has a pass phrase has secrets: no roster of theirs makes nodes show their keys."""
    before = (cluster / "roster").read_bytes()
    conf.write_text(conf.read_text() + "keylog\n")
    assert "for development clusters alone" in run("roster", cluster, conf, "--phrase-file",
                                                   tmp_path / "phrase", status=1)
    assert (cluster / "roster").read_bytes() == before
    assert "keylog" not in run("show", plain)
    run("development", plain, conf)
    assert "\nkeylog\n" in run("show", plain)


def test_revoke_leaves_a_node_out(cluster, conf, tmp_path):
    """The others get another cluster key; the key of who was left out is worth nothing any more."""
    phrase = tmp_path / "phrase"
    cluster_key = (cluster / "cluster-key").read_bytes()
    before = (cluster / "roster").read_bytes()
    wrong = tmp_path / "wrong"
    wrong.write_text("another long phrase\n")
    run("revoke", cluster, "beta", "--phrase-file", wrong, status=1)
    assert "no node gamma" in run("revoke", cluster, "gamma", "--phrase-file", phrase, status=1)
    assert (cluster / "roster").read_bytes() == before
    assert (cluster / "cluster-key").read_bytes() == cluster_key
    assert "version 2 without beta" in run("revoke", cluster, "beta", "--phrase-file", phrase)
    shown = run("show", cluster)
    assert "version 2, 1 nodes, 2 servers" in shown and "node alpha" in shown
    assert "beta" not in shown and "publish time alpha" in shown
    assert (cluster / "cluster-key").read_bytes() != cluster_key
    assert "no node beta" in run("files", cluster, "beta", tmp_path / "beta", status=1)
    # A roster made from a description that still has it is not made without a new key.
    assert "beta.public" in run("roster", cluster, conf, "--phrase-file", phrase, status=1)
    assert "only node" in run("revoke", cluster, "alpha", "--phrase-file", phrase, status=1)


def test_nothing_is_overwritten(cluster, tmp_path):
    before = (cluster / "cluster-signing").read_bytes()
    key = (cluster / "nodes" / "alpha.key").read_bytes()
    assert "not overwritten" in run("cluster", cluster, "--development", status=1)
    assert "not overwritten" in run("node", cluster, "alpha", status=1)
    assert (cluster / "cluster-signing").read_bytes() == before
    assert (cluster / "nodes" / "alpha.key").read_bytes() == key


def test_phrases(cluster, conf):
    before = (cluster / "roster").read_bytes()
    assert "is wrong" in run("roster", cluster, conf, "--phrase-file", "-", status=1,
                             text="another phrase\n")
    assert "has a pass phrase" in run("roster", cluster, conf, "--development", status=1)
    assert "no terminal" in run("roster", cluster, conf, status=1)
    assert "fewer than 8" in run("phrase", cluster, "--phrase-file", "-", status=1,
                                 text=PHRASE + "\nshort\n")
    assert (cluster / "roster").read_bytes() == before
    run("phrase", cluster, "--phrase-file", "-", text=PHRASE + "\nquite another\n")
    assert "is wrong" in run("roster", cluster, conf, "--phrase-file", "-", status=1,
                             text=PHRASE + "\n")
    assert "version 2" in run("roster", cluster, conf, "--phrase-file", "-",
                              text="quite another\n")


def test_the_key_on_disk_is_wrapped(cluster, plain, conf):
    assert "under a pass phrase" in run("show", cluster)
    for folder in (cluster, plain):
        for name in ("cluster-signing", "cluster-key", "nodes/alpha.key"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    # Altering any byte of it is noticed.
    signing = cluster / "cluster-signing"
    content = bytearray(signing.read_bytes())
    content[-1] ^= 1
    signing.write_bytes(content)
    assert "is wrong" in run("roster", cluster, conf, "--phrase-file", "-", status=1,
                             text=PHRASE + "\n")


def test_an_altered_roster_is_refused(plain, conf):
    roster = plain / "roster"
    good = roster.read_bytes()
    for at in (8, 16, 40, len(good) - SIGNATURE_BYTES - 1, len(good) - 1):
        altered = bytearray(good)
        altered[at] ^= 1
        roster.write_bytes(altered)
        assert "roster" in run("show", plain, status=1)
        # Nor does a new version follow it.
        run("roster", plain, conf, "--development", status=1)
    roster.write_bytes(good)
    run("show", plain)


def test_files_of_a_node(plain, tmp_path):
    out = tmp_path / "alpha"
    run("files", plain, "alpha", out)
    assert {path.name: path.stat().st_size for path in out.iterdir()} == {
        "roster": (plain / "roster").stat().st_size, "node-key": 32, "cluster-public": 65,
        "cluster-key": 32, "seed": 32}
    assert (out / "node-key").read_bytes() == (plain / "nodes" / "alpha.key").read_bytes()
    seed = (out / "seed").read_bytes()
    run("files", plain, "alpha", out)
    assert (out / "seed").read_bytes() != seed
    assert "no node gamma" in run("files", plain, "gamma", out, status=1)


def test_development_changes_only_what_must(tmp_path, conf, image):
    folder = tmp_path / "development"
    assert "version 1" in run("development", folder, conf)
    first = (folder / "roster").read_bytes()
    assert "version" not in run("development", folder, conf)
    assert (folder / "roster").read_bytes() == first
    image.write_bytes(b"another build")
    assert "version 2" in run("development", folder, conf)
    for node in ("alpha", "beta"):
        assert (folder / "fw_cfg" / node / "roster").read_bytes() == \
            (folder / "roster").read_bytes()


@pytest.mark.parametrize("line, words", [
    ("node Alpha 1", "is not a name"),
    ("node gamma 64", "too large"),
    ("node gamma 1", "number 1 is alpha's"),
    ("node gamma 2 may-fly", "is not a role"),
    ("node alpha 2", "is there twice"),
    ("publish news gamma", "there is no node gamma"),
    ("server file\nserver file", "is there twice"),
    ("server x\nimage nowhere", "is not there"),
    ("server x\ndigest abcd", "hexadecimal digits"),
    ("server x\nio 5-4", "below the first"),
    ("server x\nio 0x10000-0x10001", "too large"),
    ("server x\nio 5", "is not FIRST-LAST"),
    ("server x\ninterrupt 16", "too large"),
    ("server x\npci 10ec", "is not VENDOR:DEVICE"),
    ("server x\nfly", "means nothing here"),
    ("archive", "belongs to a server"),
])
def test_descriptions_that_are_wrong(plain, tmp_path, line, words):
    conf = tmp_path / "wrong.conf"
    conf.write_text(f"node alpha 1\n{line}\n")
    before = (plain / "roster").read_bytes()
    assert words in run("roster", plain, conf, "--development", status=1)
    assert (plain / "roster").read_bytes() == before


def test_wrong_words_show_the_usage():
    assert "usage:" in run(status=2)
    assert "usage:" in run("roster", "folder", status=2)
    assert "usage:" in run("show", "folder", "--development", status=2)
