"""Where the two sides are, how to compile against one, and the TAP output."""
import os
import pathlib
import subprocess
import sys


class Setting:
    def __init__(self, here, include, scratch):
        root = here.parents[1]
        unpacked = root / "build/packages/root/usr/include/i386-linux-gnu"
        self.here = here
        self.scratch = scratch
        self.ours = include
        self.theirs = pathlib.Path(os.environ.get("GNUMACH_INCLUDE", unpacked))
        self.compiler = os.environ.get("CC", "i686-linux-gnu-gcc")
        self.mig = os.environ.get("MIG", str(root / "tools/mig/mig"))
        self.count = 0
        self.failed = 0
        if not (self.theirs / "mach/message.h").exists():
            print(f"Bail out! {self.theirs} has no GNU Mach headers: run tools/setup, or set "
                  "GNUMACH_INCLUDE")
            sys.exit(1)
        # Debian's mach_debug/slab_info.h and multiboot.h want these, and use next to nothing.
        for name, text in (("sys/types.h", ""),
                           ("kern/macros.h", "#define __packed __attribute__((packed))\n")):
            (scratch / "empty" / name).parent.mkdir(parents=True)
            (scratch / "empty" / name).write_text(text)

    def sides(self):
        return (("ours", self.ours), ("GNU Mach's", self.theirs))

    def compile(self, include, source, *flags, language="c"):
        """Runs the compiler on a text; returns (status, standard output, errors)."""
        done = subprocess.run(
            [self.compiler, "-std=gnu11", "-ffreestanding", "-O2", f"-I{include}",
             "-isystem", self.scratch / "empty", "-x", language, "-", *flags],
            input=source, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def generate(self, include, defs, *flags, outputs):
        """Runs MIG on a .defs file; returns a dictionary of output flag to text."""
        files = {flag: self.scratch / f"mig{flag}" for flag in
                 ("-user", "-server", "-header", "-sheader", "-list")}
        words = [str(word) for flag, file in files.items() for word in (flag, file)]
        done = subprocess.run([self.mig, *flags, f"-I{include}", str(include / defs), "--", *words],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None, done.stdout + done.stderr
        return {flag: files[flag].read_text() for flag in outputs}, done.stderr

    def report(self, name, problems):
        """One test: it passes if nothing is in problems."""
        self.count += 1
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}")
        for problem in problems:
            print(f"#   {problem}")
        self.failed += bool(problems)

    def finish(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def header_names(include):
    return sorted(str(path.relative_to(include)) for part in ("mach", "mach_debug", "device")
                  for path in include.glob(f"{part}/**/*.h") if "machine" not in path.parts)
