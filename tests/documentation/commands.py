"""Runs every command of the documentation, on small simulated scans, and looks up every option, link and name in it.

usage: commands.py XRDCT ROOT [--only PAGE]

What takes long is made short: xrdct bench gets few and small frames. scripts/run runs as the command that it ends in;
other scripts, which build or take hours, are not run, but their options are looked up in their help. Exit code 1
after a list of everything that is wrong, 77 where there is no way to read what the program writes.
"""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import h5py

import lookups
import pages
import scratch

SLOW_SCRIPTS = {"setup": "installs packages", "build": "builds", "test": "runs all tests", "fuzz": "takes minutes",
                "compare": "takes minutes", "scaling": "takes minutes"}
ELLIPSIS = ["--poni geometry.poni", "--mask mask.edf"]  # what "..." stands for
SHORT = ["--rounds 1", "--seconds 0.001", "--grid 9 10"]
FEW_FRAMES = ["--frames 4", "--distinct 2", "--detector 'Pilatus 100k'"]
ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
               "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "PYTHONDONTWRITEBYTECODE": "1"}


def find_pages(root):
    names = [name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md") if (root / name).exists()]
    for folder in ("docs", "slurm"):
        names += sorted(str(path.relative_to(root)) for path in (root / folder).rglob("*.md"))
    return names


def without(line, options):
    """Those of the options that a command does not have itself."""
    return " ".join(option for option in options if option.split()[0] not in line.split())


def runnable(line):
    """A command as it is run here, or nothing and the reason."""
    script = re.match(r"((?:[A-Z_]+=\S+ +)*)scripts/([a-z]+)\b(.*)", line)
    if script and script[2] in SLOW_SCRIPTS:
        return None, SLOW_SCRIPTS[script[2]]
    if script and script[2] == "run":
        if not script[3].split("#")[0].strip():
            return None, "builds, and makes the demo"
        line = "xrdct reconstruct" + script[3]
    if re.search(r"\bxrdct bench\b", line):
        line = line.split(" #")[0].rstrip()
        has_input = re.search(r"\bbench +[^-\s]", line)
        line += " " + without(line, SHORT + ([] if has_input else FEW_FRAMES))
    if " ..." in line:
        line = line.replace(" ...", " " + without(line, ELLIPSIS), 1)
    return line, ""


@contextlib.contextmanager
def room_for(command, folder):
    """Commands of a page write to the same names: each is for a reader who has not run the others, but has what is given."""
    outputs = [os.path.join(folder, name) for name in re.findall(r"(?:-o|--output|--html|--map|--json) +(\S+\.\w+)", command)]
    for path in outputs:
        if os.path.isfile(path):
            os.rename(path, path + ".before" if os.path.basename(path) in scratch.RESULTS.values() else path + ".old")
    yield
    for path in outputs:
        if os.path.exists(path + ".before"):
            os.replace(path + ".before", path)


class Reader:
    """Follows the pages as a reader would."""

    def __init__(self, xrdct, root, folder):
        self.root, self.folder = root, folder
        self.program = lookups.Program(xrdct, root)
        self.problems, self.not_run, self.run = [], [], 0
        self.scans = scratch.Scans(xrdct, os.path.join(folder, "scans"))
        bin_folder = os.path.join(folder, "bin")
        os.mkdir(bin_folder)
        os.symlink(xrdct, os.path.join(bin_folder, "xrdct"))
        with open(os.path.join(bin_folder, "python3"), "w") as file:
            file.write(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        os.chmod(os.path.join(bin_folder, "python3"), 0o755)
        self.environment = {**os.environ, **ENVIRONMENT, "PATH": bin_folder + ":" + os.environ["PATH"]}

    def fail(self, page, line, text):
        self.problems.append(f"{page}:{line}: {text}")

    def read(self, name):
        try:
            page = pages.read_page(name, (self.root / name).read_text())
        except ValueError as error:
            self.problems.append(str(error))
            return
        self.look_up(page)
        folder = os.path.join(self.folder, name.replace("/", "_"))
        os.mkdir(folder)
        if any(block.language for block in page.blocks):
            scratch.fill(name, self.scans, folder)
            for part in ("docs", "scripts", "slurm"):
                if (self.root / part).exists():
                    os.symlink(self.root / part, os.path.join(folder, part))
        for block in page.blocks:
            self.follow(page, block, folder)

    def look_up(self, page):
        for line, text in page.spans:
            for option in self.program.unknown(text):
                self.fail(page.name, line, f"there is no --{option}: `{text}`" if "/" not in option else
                          f"there is no {option}")
        for line, target in page.links:
            if re.match(r"[a-z]+:", target) or target.startswith("#"):
                continue
            if not ((self.root / page.name).parent / target.split("#")[0]).exists():
                self.fail(page.name, line, f"a link to {target}, which does not exist")

    def follow(self, page, block, folder):
        if block.language == "python" and not block.reason:
            self.execute(page, block.line, [sys.executable, "-c", block.text], "python", folder)
        if block.language != "sh":
            return
        for line, command in block.commands():
            plain = re.sub(r"\s#\s.*", "", command)
            for option in self.program.unknown(plain):
                self.fail(page.name, line, f"there is no --{option}: {plain}")
            short, reason = runnable(plain)
            if block.reason or reason:
                self.not_run.append(f"{page.name}:{line}: {block.reason or reason}: {plain}")
                continue
            with room_for(short, folder):
                self.execute(page, line, ["bash", "-euo", "pipefail", "-c", short], short, folder)

    def execute(self, page, line, words, shown, folder):
        start = time.monotonic()
        try:
            done = subprocess.run(words, cwd=folder, env=self.environment, capture_output=True, text=True, timeout=120,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            self.fail(page.name, line, f"still running after 120 s: {shown}")
            return
        self.run += 1
        seconds = time.monotonic() - start
        if seconds > 3:
            print(f"{page.name}:{line}: {seconds:.1f} s: {shown}", flush=True)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()[-3:]
            self.fail(page.name, line, f"exit code {done.returncode}: {shown}\n    " + "\n    ".join(said))


def check_numbers(reader, root):
    """docs/numbers.md covers every option of the commands that make numbers."""
    page = root / "docs/numbers.md"
    if not page.exists():
        return
    covered = set(lookups.OPTION.findall(page.read_text()))
    for command in ("reconstruct", "integrate", "backproject"):
        for option in sorted(reader.program.options[command] - covered - {"help", "version"}):
            reader.problems.append(f"docs/numbers.md: says nothing of --{option} of {command}")


def check_examples(reader):
    """The examples at the end of every help text have options that there are."""
    for command, text in reader.program.help.items():
        examples = text.split("\nExamples:\n")[1].splitlines()
        assert examples, command
        for line in examples:
            for option in reader.program.unknown(line):
                reader.problems.append(f"xrdct {command} --help: there is no --{option}: {line.strip()}")


def main():
    xrdct, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    only = sys.argv[4:] if sys.argv[3:4] == ["--only"] else []
    if not h5py.h5z.filter_avail(scratch.BITSHUFFLE):
        print("skipped: h5py has no bitshuffle filter here (Debian: bitshuffle)")
        return 77
    with tempfile.TemporaryDirectory(prefix="xrdct-documentation-") as folder:
        reader = Reader(xrdct, root, folder)
        for name in only or find_pages(root):
            reader.read(name)
        if not only:
            check_numbers(reader, root)
            check_examples(reader)
    for line in reader.not_run:
        print("not run:", line)
    for line in reader.problems:
        print("wrong:", line)
    print(f"{reader.run} commands run, {len(reader.not_run)} not run, {len(reader.problems)} wrong")
    return 1 if reader.problems or (reader.run == 0 and not only) else 0


if __name__ == "__main__":
    sys.exit(main())
