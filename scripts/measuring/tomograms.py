"""Seconds that filtered back-projection takes for a sinogram of many channels, in memory: xrdct, and programs that
reconstruct channel by channel. All take turns on one machine in one run, on random sinograms of one shape.

xrdct is measured by `xrdct bench`, from the sinogram in memory to the tomogram in memory. Of the others a few channels do,
from which the time for all is reckoned: silx on OpenCL (on processors: PoCL), with its plan made and kernels compiled before;
scikit-image's iradon, a process a core; gridrec of tomopy, a process a core, by tomopy where it can be imported, or by the
library that --gridrec names (libtomo-gridrec.so, built from tomopy's sources). What is absent is said to be.
"""

import argparse
import concurrent.futures
import ctypes
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

import machine

NAMES = {
    "xrdct": "xrdct",
    "errors": "xrdct, with errors",
    "silx": "silx on OpenCL, in a loop",
    "gridrec": "gridrec, a process a core",
    "skimage": "scikit-image, a process a core",
}
# What the project means to reach, and hopes for: times as fast as another program.
TARGETS = {"silx": (60, 90), "gridrec": (4, 5)}
PEER_CHANNELS = {"silx": 16, "gridrec": 64, "skimage": 4}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/compare tomograms", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=2048)
    parser.add_argument("--size", type=int, default=300, help="translations, and pixels along a side (300)")
    parser.add_argument("--rotations", type=int, default=300)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="by default all cores")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each program; medians are shown")
    parser.add_argument("--gridrec", type=pathlib.Path, metavar="LIBRARY", help="libtomo-gridrec.so, where tomopy is absent")
    parser.add_argument("--xrdct", type=pathlib.Path, help="the program; by default that of build/release")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep what was measured")
    arguments = parser.parse_args()
    arguments.xrdct = arguments.xrdct or pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/xrdct"
    if min(arguments.channels, arguments.rotations, arguments.threads, arguments.rounds) < 1 or arguments.size < 2:
        parser.error("everything is counted from 1, and sizes from 2")
    return arguments


def random_sinograms(arguments, count):
    import numpy

    shape = (count, arguments.rotations, arguments.size)
    return numpy.random.default_rng(5).random(shape, dtype=numpy.float32)


def angles(arguments):
    import numpy

    return numpy.arange(arguments.rotations) * (numpy.pi / arguments.rotations)


class Silx:
    """One device has all cores, so that channels go one after the other."""

    def __init__(self, arguments):
        import pyopencl
        from silx.opencl.backprojection import Backprojection

        if not pyopencl.get_platforms():
            raise ImportError("no OpenCL platform")
        self.sinograms = random_sinograms(arguments, PEER_CHANNELS["silx"])
        self.solver = Backprojection(self.sinograms.shape[1:], angles=angles(arguments))
        self.solver(self.sinograms[0])  # compiles

    def seconds(self):
        """Of one channel."""
        begin = time.perf_counter()
        for sinogram in self.sinograms:
            self.solver(sinogram)
        return (time.perf_counter() - begin) / len(self.sinograms)


class Processes:
    """A process a core, each with a share of the channels; what it needs is made before anything is timed."""

    def __init__(self, arguments, prepare, run, name):
        self.threads, self.run, self.count = arguments.threads, run, PEER_CHANNELS[name]
        self.pool = concurrent.futures.ProcessPoolExecutor(arguments.threads, initializer=prepare, initargs=(arguments,))
        list(self.pool.map(run, [1] * arguments.threads))

    def seconds(self):
        begin = time.perf_counter()
        list(self.pool.map(self.run, [self.count] * self.threads))
        return (time.perf_counter() - begin) / (self.count * self.threads)


STATE = {}  # of a process


def prepare_skimage(arguments):
    import numpy

    STATE["sinograms"] = random_sinograms(arguments, PEER_CHANNELS["skimage"]).transpose(0, 2, 1).copy()
    STATE["degrees"] = numpy.rad2deg(angles(arguments))


def run_skimage(count):
    from skimage.transform import iradon

    for sinogram in STATE["sinograms"][:count]:
        iradon(sinogram, STATE["degrees"], filter_name="ramp")


def prepare_gridrec(arguments):
    import numpy

    STATE["sinograms"] = random_sinograms(arguments, PEER_CHANNELS["gridrec"])
    STATE["angles"] = angles(arguments).astype(numpy.float32)
    if arguments.gridrec:
        STATE["library"] = ctypes.CDLL(str(arguments.gridrec.resolve()))
        STATE["library"].gridrec.restype = None


def run_gridrec(count):
    import numpy

    sinograms = STATE["sinograms"][:count]
    size = sinograms.shape[2]
    if "library" not in STATE:
        import tomopy

        tomopy.recon(sinograms, STATE["angles"], center=(size - 1) / 2, algorithm="gridrec", filter_name="ramlak",
                     sinogram_order=True, ncore=1)
        return
    tomograms = numpy.zeros((count, size, size), numpy.float32)
    centres = numpy.full(count, (size - 1) / 2, numpy.float32)
    parameters = numpy.zeros(2, numpy.float32)

    def floats(array):
        return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))

    STATE["library"].gridrec(floats(sinograms), count, sinograms.shape[1], size, floats(centres), floats(STATE["angles"]),
                             floats(tomograms), size, size, ctypes.c_char_p(b"ramlak"), floats(parameters))
    if not numpy.isfinite(tomograms).all() or not tomograms.any():
        raise RuntimeError("gridrec made no tomogram")


def make_peers(arguments):
    peers, absent = {}, {}
    makers = {
        "silx": lambda: Silx(arguments),
        "gridrec": lambda: make_gridrec(arguments),
        "skimage": lambda: make_skimage(arguments),
    }
    for name, make in makers.items():
        try:
            peers[name] = make()
        except (ImportError, OSError) as problem:
            absent[name] = f"not available: {problem}"
        except Exception as problem:  # pyopencl's own, where there is no platform
            if not type(problem).__module__.startswith("pyopencl"):
                raise
            absent[name] = f"not available: {problem}"
    return peers, absent


def make_gridrec(arguments):
    if not arguments.gridrec:
        import tomopy  # noqa: F401
    elif not arguments.gridrec.is_file():
        raise OSError(f"{arguments.gridrec} is no file")
    return Processes(arguments, prepare_gridrec, run_gridrec, "gridrec")


def make_skimage(arguments):
    import skimage  # noqa: F401

    return Processes(arguments, prepare_skimage, run_skimage, "skimage")


def xrdct_seconds(arguments, folder):
    """{"xrdct": of all channels, "errors": with their errors}"""
    import program_runs  # it reads result files, which those who want tables alone need not be able to

    report = folder / "bench.json"
    words = [arguments.xrdct, "bench", "--stage", "filter,backproject,errors", "--bins", arguments.channels, "--grid",
             arguments.rotations, arguments.size, "--threads", arguments.threads, "--rounds", 1, "--seconds", 1,
             "--detector", "Pilatus 100k", "--frames", 2, "--distinct", 1, "--json", report, "--overwrite", "--log-level",
             "error"]
    program_runs.run_measured(words)
    found = json.loads(report.read_text())
    frames = arguments.rotations * arguments.size
    seconds = {stage: frames / program_runs.rate_in(found, stage) for stage in ("filter", "backproject", "errors")}
    values = seconds["filter"] + seconds["backproject"]
    return {"xrdct": values, "errors": values + seconds["errors"]}


def measure(arguments):
    peers, absent = make_peers(arguments)
    runs = {name: [] for name in ("xrdct", "errors", *peers)}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds):
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
            for name, seconds in xrdct_seconds(arguments, pathlib.Path(folder)).items():
                runs[name].append(seconds)
            for name, peer in peers.items():
                runs[name].append(peer.seconds() * arguments.channels)
    return {"machine": machine.describe(), "version": machine.version_of(arguments.xrdct), "threads": arguments.threads,
            "rounds": arguments.rounds, "shape": [arguments.rotations, arguments.size, arguments.channels],
            "seconds": runs, "absent": absent}


def times_as_fast(found, name):
    """The median over rounds of how many times as long another program took in the same round."""
    return statistics.median(other / own for other, own in zip(found["seconds"][name], found["seconds"]["xrdct"]))


def rows(found):
    """A table; the first row is its head."""
    table = [["", "seconds", "of each round", "times xrdct's", "target", "goal", "met"]]
    for name, label in NAMES.items():
        if name in found["absent"]:
            table.append([label, found["absent"][name], "", "", "", "", ""])
            continue
        seconds, times = found["seconds"][name], times_as_fast(found, name)
        target, goal = TARGETS.get(name, (None, None))
        table.append([label, f"{statistics.median(seconds):.3g}", ", ".join(f"{one:.3g}" for one in seconds),
                      f"{times:.3g}", f"≥ {target}" if target else "", f"{goal}" if goal else "",
                      "" if not target else "goal" if times >= goal else "yes" if times >= target else "no"])
    return table


def main():
    arguments = parse_arguments()
    found = measure(arguments)
    rotations, size, channels = found["shape"]
    print(f"{found['version']} on {machine.text(found['machine'])}, {found['threads']} threads: {channels} channels of "
          f"{size} x {size} pixels from {rotations} rotations by filtered back-projection, in memory")
    table = rows(found)
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
