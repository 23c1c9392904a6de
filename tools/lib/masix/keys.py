"""tools/masix keys: the keys and the roster of a cluster; and the development cluster's."""
import argparse
import contextlib
import fcntl
import os
import pathlib
import subprocess

import machine
from masix.errors import MasixError

TOOL = machine.BUILD / "tools" / "keys"
FOLDER = machine.BUILD / "keys"
ROSTER_CONF = machine.ROOT / "boot" / "roster.conf"
# What a node gets through fw_cfg: opt/masix/NAME.
ITEMS = ("roster", "node-key", "cluster-public", "cluster-key", "seed")

HELP = """
  cluster FOLDER [PHRASE]       a new cluster: its signing key and cluster key
  node FOLDER NAME              a new node's key pair
  roster FOLDER CONF [PHRASE]   the next version of the roster, made from CONF
  files FOLDER NODE OUT         what that node gets when it boots, as files
  revoke FOLDER NODE [PHRASE]   the next roster, without that node
  phrase FOLDER [PHRASE]        another pass phrase for the signing key
  show FOLDER-OR-ROSTER         the roster, readably
  development FOLDER CONF       what is missing of it, without a pass phrase

PHRASE is --phrase-file FILE (its first line; - is standard input) or
--development (none: the key lies there unwrapped); else it is asked for.
tools/keys/README.md describes folder and CONF. tools/masix start makes a
development cluster in build/clusters/NAME/keys, boot one in build/keys.
"""


def add(commands):
    command = commands.add_parser(
        "keys", help="make the keys and the roster of a cluster", epilog=HELP,
        usage="tools/masix keys [-h] OPERATION [WORD ...]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Makes what whoever starts the nodes of a cluster must have.")
    command.add_argument("words", nargs="...", metavar="OPERATION", help="one of those below")
    command.set_defaults(run=run)


def _tool():
    if not TOOL.exists():
        raise MasixError("keys", TOOL.relative_to(machine.ROOT), "it is not built",
                         "run make keys first")
    return str(TOOL)


def run(options):
    if not options.words:
        raise MasixError("keys", "no operation", "it is missing", "see tools/masix keys --help")
    return subprocess.run([_tool(), *options.words], cwd=options.start_folder,
                          check=False).returncode


def _need(words, subject, advice):
    done = subprocess.run([_tool(), *words], cwd=machine.ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        said = done.stdout.decode("utf-8", "replace").strip().replace("\n", " ")
        raise MasixError("keys", subject, said or f"status {done.returncode}", advice)


@contextlib.contextmanager
def _locked(folder):
    """Two nodes that start at once must not both make the cluster's keys."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_development(folder, conf):
    """A development cluster in `folder` as the file `conf` wants it: what is missing is made."""
    folder = pathlib.Path(folder)
    with _locked(folder):
        _need(["development", str(folder), str(conf)], folder, "remove the folder to have it made anew")


def node_files(name, folder, keys_folder):
    """The files of node `name` for fw_cfg, in `folder`, from the cluster's keys."""
    keys_folder = pathlib.Path(keys_folder)
    if not keys_folder.exists():
        raise MasixError("keys", keys_folder, "there is no such folder",
                         "make it with tools/masix keys cluster, node and roster")
    with _locked(keys_folder):
        os.makedirs(folder, exist_ok=True)
        _need(["files", str(keys_folder), name, str(folder)], f"node {name}",
              f"is it in the roster? (tools/masix keys show {keys_folder}; the development "
              f"cluster's is made from {ROSTER_CONF.relative_to(machine.ROOT)})")
    for item in ITEMS:
        if not (pathlib.Path(folder) / item).exists():
            raise MasixError("keys", f"{folder}/{item}", "it was not made",
                             f"look with tools/masix keys show {keys_folder}")
    return pathlib.Path(folder)


def revoke(name, keys_folder, development, phrase_file=None):
    """Makes the next roster, without that node. The pass phrase may be asked for."""
    keys_folder = pathlib.Path(keys_folder)
    words = ["revoke", str(keys_folder), name]
    with _locked(keys_folder):
        if development:
            _need([*words, "--development"], f"node {name}", "look at its cluster with tools/masix "
                  f"keys show {keys_folder}")
            return
        words += ["--phrase-file", phrase_file] if phrase_file else []
        if subprocess.run([_tool(), *words], check=False).returncode != 0:
            raise MasixError("revoke", name, "there is no new roster", "the line above says why")


def make_node_files(name, folder, keys_folder=FOLDER):
    """The same; the keys of the development cluster are made if need be."""
    if keys_folder == FOLDER:
        make_development(FOLDER, ROSTER_CONF)
    return node_files(name, folder, keys_folder)


def roster_conf(text, nodes):
    """The CONF of a cluster of node1 to node`nodes`: servers and names are those of `text`."""
    names = [f"node{number}" for number in range(1, nodes + 1)]
    lines = [f"node {name} {number} may-start-tasks may-publish"
             for number, name in enumerate(names, 1)]
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["node"]:
            continue
        if words[:1] == ["publish"]:
            licensed = [name for name in words[2:] if name in names]
            line = " ".join([*words[:2], *licensed]) if licensed else ""
        lines.append(line)
    return "\n".join(lines) + "\n"
