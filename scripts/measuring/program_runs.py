"""Runs of xrdct, and what they tell: seconds, memory, patterns."""

import collections
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

import h5py

UNIT = "q_nm^-1"
LONGEST = 600  # seconds of one run, after which it is taken for stuck

# Seconds in all and of each stage, and the highest resident set of any process, in bytes.
Run = collections.namedtuple("Run", "seconds stages peak")


class ProgramFailed(Exception):
    """The program's own words."""


def run_measured(words):
    """Seconds and the highest resident set of a command and its children."""
    with tempfile.TemporaryFile("w+") as said:
        begin = time.perf_counter()
        process = subprocess.Popen([str(word) for word in words], stdout=said, stderr=said)
        watch = threading.Timer(LONGEST, process.kill)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            what = f"it had not ended after {LONGEST} s" if seconds >= LONGEST else said.read().strip()
            raise ProgramFailed(f"{' '.join(str(word) for word in words)}\n{what}")
    return seconds, usage.ru_maxrss * 1024  # which Linux gives in KiB


def integrate_words(program, frames, output, bins, *options):
    """A command that integrates all frames, as a scan of lines of up to 100 translations."""
    translations = next(n for n in range(min(100, frames.count), 0, -1) if frames.count % n == 0)
    words = [program, "integrate", f"{frames.file}::{frames.dataset}", "--poni", frames.poni, "--mask", frames.mask]
    words += ["--grid", frames.count // translations, translations, "--monitor", "none", "--bins", bins]
    words += ["--unit", UNIT, "--split", "bbox", "--error-model", "poisson", "--progress", "off"]
    return words + ["--log-level", "error", "-o", output, "--overwrite", *options]


def integrate(program, frames, folder, bins, *options, launcher=()):
    """The whole program, from the file to the result file, which stays in `folder`."""
    output = pathlib.Path(folder) / "patterns.h5"
    output.unlink(missing_ok=True)  # the system takes its time to free what is replaced
    seconds, peak = run_measured([*launcher, *integrate_words(program, frames, output, bins, *options)])
    return Run(seconds, stages_of(output), peak)


def stages_of(result):
    """Seconds of every stage, as a result file has them."""
    with h5py.File(result) as file:
        return {name: float(value[()]) for name, value in file["/entry/process/seconds"].items()}


def patterns_of(folder):
    with h5py.File(pathlib.Path(folder) / "patterns.h5") as file:
        data = file["/entry/patterns"]
        return {name: data[name][()] for name in ("intensity", "intensity_errors", "count")}


def bench(program, frames, stages, threads, seconds, bins, folder, *options, launcher=()):
    """Frames a second of parts of the program by themselves, {stage: rate}."""
    report = pathlib.Path(folder) / "bench.json"
    words = [program, "bench", f"{frames.file}::{frames.dataset}", "--poni", frames.poni, "--mask", frames.mask]
    words += ["--bins", bins, "--stage", ",".join(stages), "--threads", threads, "--rounds", 1, "--seconds", seconds]
    words += ["--json", report, "--overwrite", "--log-level", "error", *options]
    run_measured([*launcher, *words])
    found = json.loads(report.read_text())
    return {stage: rate_in(found, stage) for stage in stages}


def rate_in(report, stage):
    """The median rate of a part in a report of `xrdct bench --json`."""
    entries = [report["lz4_alone"]] if stage == "lz4" else [one for one in report["stages"] if one["name"] == stage]
    if not entries or "frames_per_second" not in entries[0]:
        raise ProgramFailed(f"xrdct bench measured no {stage}: {entries[0].get('skipped', '') if entries else ''}")
    return entries[0]["frames_per_second"]["median"]
