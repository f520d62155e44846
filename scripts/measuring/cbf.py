#!/usr/bin/env python3
"""Rates at which CBF files become patterns: xrdct, and a loop of fabio and pyFAI's CSR engine in Python.

Both read the same copies of one image on the same cores in the same run, in turns; their patterns are compared. Needs
Python with fabio, h5py, numpy and pyFAI. Without arguments a simulated image of a Pilatus 2M is taken.
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", nargs="?", type=pathlib.Path, help="CBF file; by default a simulated one")
    parser.add_argument("--poni", type=pathlib.Path, help="geometry of the image")
    parser.add_argument("--mask", type=pathlib.Path, help="pixels to leave out")
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--bins", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each program; medians are shown")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="by default all cores")
    parser.add_argument("--folder", type=pathlib.Path, help="where the copies are made; by default in the system's")
    parser.add_argument("--xrdct", type=pathlib.Path, help="the program; by default that of build/release")
    parser.add_argument("--at-least", type=float, default=3, help="fail below this ratio of the rates")
    arguments = parser.parse_args()
    if arguments.image and not arguments.poni:
        parser.error("an image needs its --poni")
    root = pathlib.Path(__file__).resolve().parents[2]
    arguments.xrdct = arguments.xrdct or root / "build/release/bin/xrdct"
    return arguments


arguments = parse_arguments()
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)  # before the engine is loaded
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: arguments.threads]))

import fabio  # noqa: E402
import h5py  # noqa: E402
import numpy  # noqa: E402
import pyFAI  # noqa: E402

METHOD = ("bbox", "csr", "cython")
UNIT = "q_nm^-1"


def simulate(folder):
    """Powder rings over a background, with counting noise, and its geometry."""
    rows, columns, pixel, distance = 1679, 1475, 172e-6, 0.3
    poni = folder / "simulated.poni"
    poni.write_text(
        "poni_version: 2\nDetector: Pilatus2M\nDetector_config: {}\n"
        f"Distance: {distance}\nPoni1: {rows / 2 * pixel}\nPoni2: {columns / 2 * pixel}\n"
        "Rot1: 0.01\nRot2: -0.02\nRot3: 0\nWavelength: 2e-11\n"
    )
    geometry = pyFAI.load(str(poni))
    q = geometry.center_array(unit=UNIT)
    expected = 20 * numpy.exp(-q / 60) + 2
    for centre in numpy.sqrt(numpy.arange(3, 120)) * 11.6:
        expected += 300 * numpy.exp(-centre / 60) * numpy.exp(-0.5 * ((q - centre) / 0.25) ** 2)
    counts = numpy.random.default_rng(4).poisson(expected).astype(numpy.int32)
    counts[geometry.detector.mask != 0] = -1
    image = folder / "simulated.cbf"
    fabio.cbfimage.CbfImage(data=counts).write(str(image))
    return image, poni


class PythonLoop:
    def __init__(self, poni, mask, image):
        self.geometry = pyFAI.load(str(poni))
        pixels = fabio.open(str(image)).data
        self.mask = pixels < 0  # dead pixels, and those between modules
        if self.geometry.detector.mask is not None:
            self.mask |= self.geometry.detector.mask != 0
        if mask:
            self.mask |= fabio.open(str(mask)).data != 0
        self.integrate(image)  # builds the matrix

    def integrate(self, file):
        return self.geometry.integrate1d_ng(
            fabio.open(str(file)).data,
            arguments.bins,
            unit=UNIT,
            mask=self.mask,
            method=METHOD,
            error_model="poisson",
            correctSolidAngle=True,
        )

    def run(self, files):
        begin, cpu = time.perf_counter(), time.process_time()
        patterns = [self.integrate(file) for file in files]
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        return len(files) / seconds, seconds, cpu / len(files), numpy.array([p.intensity for p in patterns])


def run_xrdct(folder, poni, mask, reading):
    """Frames a second while frames are reduced (as the loop's rate is without the making of its matrix), seconds in all,
    CPU time a frame (with the making of the matrix), patterns."""
    output = folder / "patterns.h5"
    command = [arguments.xrdct, "integrate", folder / "frame_*.cbf", "--poni", poni, "--bins", arguments.bins]
    command += ["--unit", UNIT, "--threads", arguments.threads, "--reading", reading, "-o", output, "--overwrite"]
    command += ["--log-level", "error", "--progress", "off"] + (["--mask", mask] if mask else [])
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(word) for word in command], check=True)
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    with h5py.File(output) as result:
        patterns = result["/entry/patterns/intensity"][()]
        reducing = float(result["/entry/process/seconds/reduce"][()])
    return len(patterns) / reducing, seconds, cpu / len(patterns), patterns


def main():
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        image, poni = (arguments.image, arguments.poni) if arguments.image else simulate(folder)
        files = [folder / f"frame_{i:05d}.cbf" for i in range(arguments.copies)]
        for file in files:
            shutil.copyfile(image, file)
        loop = PythonLoop(poni, arguments.mask, image)
        programs = {
            "fabio + pyFAI": lambda: loop.run(files),
            "xrdct, ahead": lambda: run_xrdct(folder, poni, arguments.mask, "ahead"),
            "xrdct, pool": lambda: run_xrdct(folder, poni, arguments.mask, "pool"),
        }
        runs = {program: [] for program in programs}
        for _ in range(arguments.rounds):
            for program, run in programs.items():
                runs[program].append(run())
    expected = runs["fabio + pyFAI"][0][3]
    print(f"{arguments.copies} copies of {image} on {arguments.threads} threads, {arguments.rounds} rounds")
    print(f"fabio {fabio.version}, pyFAI {pyFAI.version}, method {METHOD}")
    rates = {}
    for program, results in runs.items():
        rates[program] = statistics.median(rate for rate, *_ in results)
        seconds = statistics.median(taken for _, taken, *_ in results)
        cpu = statistics.median(each for _, _, each, _ in results)
        worst = max(numpy.max(numpy.abs(p - expected)) / numpy.max(numpy.abs(expected)) for *_, p in results)
        each = ", ".join(f"{rate:.1f}" for rate, *_ in results)
        print(f"{program:14} {rates[program]:8.1f} frames/s ({each}); {seconds:.2f} s in all, "
              f"{1000 * cpu:.1f} ms of CPU a frame; differs by {worst:.1e}")
        if not worst < 1e-6:
            sys.exit(f"{program}: patterns differ by {worst:.1e} of the highest intensity")
    ratio = rates["xrdct, ahead"] / rates["fabio + pyFAI"]
    print(f"xrdct is {ratio:.1f} times as fast")
    sys.exit(0 if ratio >= arguments.at_least else f"less than {arguments.at_least:g} times")


main()
