"""`make new-server NAME=x` in a copy of the tree: what it makes builds, boots and passes."""
import subprocess

import machine as qemu

NOT_COPIED = ("./.git", "./build/nodes", "./build/clusters", "./build/keys", "./build/packages/apt")


def run(words, folder):
    done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}"
    return done.stdout


def test_new_server_builds_and_passes(tmp_path):
    excluded = " ".join(f"--exclude={path}" for path in NOT_COPIED)
    run(["sh", "-c", f"tar -C {qemu.ROOT} -c {excluded} . | tar -C {tmp_path} -x"], tmp_path)
    run(["make", "new-server", "NAME=zork"], tmp_path)
    run(["make", "-j2", "kernel", "build/servers/zork/zork", "build/tests/kernel/server_zork"],
        tmp_path)
    assert ", 0 failed" in run(["tests/run", "kernel", "server_zork"], tmp_path)
    assert ", 0 failed" in run(["tests/run", "tree"], tmp_path)
    again = subprocess.run(["make", "new-server", "NAME=zork"], cwd=tmp_path, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert again.returncode != 0 and "nothing was changed" in again.stdout
