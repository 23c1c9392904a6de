"""The Linux guests: their packages, and their first root file systems."""
import subprocess

import machine

LINUX = machine.BUILD / "packages" / "linux"


def why_no_archive(archive, listed):
    """Makes a guest's archive from its list, after fetching what is missing; None, or why not."""
    done = subprocess.run([machine.ROOT / "tools" / "setup", "linux"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        errors = [line for line in done.stdout.splitlines() if "error:" in line]
        return (errors or ["tools/setup linux failed"])[0].removeprefix("setup: error: ")
    made = subprocess.run([machine.ROOT / "tools" / "make-archive", archive,
                           listed.relative_to(machine.ROOT)], cwd=machine.ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return made.stdout.strip().splitlines()[-1] if made.returncode != 0 else None
