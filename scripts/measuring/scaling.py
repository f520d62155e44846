"""Strong and weak scaling of `xrdct reconstruct` over ranks and nodes, and a model of it.

On one machine ranks are started by mpirun; inside a Slurm job by srun, on 1, 2, 4, … of its nodes (slurm/scaling.sbatch).
Strong scaling takes the same scan on more and more cores, weak scaling as many frames a core. Frames are made from a
fixed seed, or are those of a file, and are repeated to scans of the length that is wanted by virtual datasets. A model
with terms for computing, reading, exchanging and writing is fitted to the seconds of the stages, and predicts what more
nodes do.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import machine
import program_runs
import scaling_model as model
import scaling_report as report
import scaling_runs


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/scaling", description=__doc__ + "\n" + model.__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", metavar="FILE.h5[::DATASET]", help="frames; by default made ones. FILE.poni and "
                        "FILE_mask.edf are looked for beside it, unless --poni and --mask say otherwise")
    parser.add_argument("--poni", type=pathlib.Path)
    parser.add_argument("--mask", type=pathlib.Path)
    parser.add_argument("--detector", default="Eiger 4M", help="of made frames; default: %(default)s")
    parser.add_argument("--bins", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1, help="of a rank; default: %(default)s")
    parser.add_argument("--ranks-per-node", help="numbers of ranks a node, such as 1,8; by default one and all that there is "
                        "room for, on one machine all doublings")
    parser.add_argument("--translations", type=int, default=50, help="of a line of the scan; default: %(default)s")
    parser.add_argument("--lines", type=int, help="rotations of the scan of strong scaling; by default such that one core "
                        "takes half a minute")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s; tables show medians")
    parser.add_argument("--nodes", type=int, default=1000, help="to predict for; default: %(default)s")
    parser.add_argument("--frames", type=int, default=1000000, help="of the scan to predict for; default: %(default)s")
    parser.add_argument("--folder", type=pathlib.Path, help="where files are made, and removed: one that all nodes share")
    parser.add_argument("--xrdct", type=pathlib.Path, help="the program; by default that of build/release")
    parser.add_argument("--json", type=pathlib.Path, help="where to keep all runs, the fit and the prediction")
    parser.add_argument("--plot", type=pathlib.Path, help="an SVG file of efficiencies and prediction")
    parser.add_argument("--from", dest="files", type=pathlib.Path, nargs="+", metavar="FILE.json",
                        help="measure nothing: take the runs of earlier studies, for instance of other numbers of nodes")
    arguments = parser.parse_args()
    check(parser, arguments)
    return arguments


def check(parser, arguments):
    for name in ("bins", "threads", "translations", "lines", "rounds", "nodes", "frames"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            parser.error(f"--{name} must be 1 or more")
    try:
        words = arguments.ranks_per_node.split(",") if arguments.ranks_per_node else []
        arguments.ranks_a_node = [int(word) for word in words]
    except ValueError:
        parser.error(f"'{arguments.ranks_per_node}' is no list of numbers such as 1,8")
    if any(ranks < 1 for ranks in arguments.ranks_a_node):
        parser.error("--ranks-per-node must be 1 or more")
    for name in ("json", "plot"):
        path = getattr(arguments, name)
        if path and not path.absolute().parent.is_dir():
            parser.error(f"no folder {path.parent} for --{name}")
    if arguments.files:
        return
    root = pathlib.Path(__file__).resolve().parents[2]
    arguments.xrdct = arguments.xrdct or root / "build/release/bin/xrdct"
    if not os.access(arguments.xrdct, os.X_OK):
        parser.error(f"no program at {arguments.xrdct}: build it (scripts/build), or name it by --xrdct")


def open_frames(arguments):
    import frame_files  # needs h5py

    if not arguments.input:
        kind = frame_files.KINDS["u32"]
        return frame_files.make(arguments.xrdct, kind, arguments.work, 32, arguments.detector)
    file, _, dataset = arguments.input.partition("::")
    try:
        frames = frame_files.describe(pathlib.Path(file).resolve(), dataset or frame_files.DATASET)
    except (OSError, KeyError, ValueError) as problem:
        raise program_runs.ProgramFailed(f"{arguments.input} cannot be read: {problem}") from None
    frames = frames._replace(poni=arguments.poni or frames.poni, mask=arguments.mask or frames.mask)
    for path in (frames.poni, frames.mask):
        if not path.exists():
            raise program_runs.ProgramFailed(f"no {path}: name geometry and mask by --poni and --mask")
    return frames


def choose_lengths(arguments, place, frames):
    """Lines of the scans: strong, and weak a core, of half that."""
    if not arguments.lines:
        import frame_files

        stack = frame_files.repeat(frames, 4 * arguments.translations, pathlib.Path(arguments.work) / "first.h5")
        run = scaling_runs.run_once(arguments, place, scaling_runs.Point(1, 1), "first", stack, arguments.translations)
        rate = run["frames"] / (run["stages"]["reduce"] + run["stages"]["tomogram"]) / run["cores"]
        arguments.lines = max(4, round(rate * 30 / arguments.translations))
    arguments.weak_lines = max(2, math.ceil(arguments.lines / 2))


def measure(arguments):
    place = scaling_runs.find_place()
    # Files of many runs are large, and those of a job must be where all nodes see them.
    folder = arguments.folder or (pathlib.Path.cwd() if place.launcher == "srun" else None)
    with tempfile.TemporaryDirectory(dir=folder, prefix="xrdct-scaling-") as name:
        arguments.work = pathlib.Path(name)
        frames = open_frames(arguments)
        choose_lengths(arguments, place, frames)
        runs = scaling_runs.measure(arguments, place, frames, lambda text: print(text, file=sys.stderr, flush=True))
    return {"machine": machine.describe(), "version": machine.version_of(arguments.xrdct), "launcher": place.launcher,
            "cores_a_node": place.cores_a_node, "runs": runs}


def load(files):
    """The runs of several studies together."""
    found = None
    for path in files:
        try:
            one = json.loads(path.read_text())
            runs = one["runs"]
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise program_runs.ProgramFailed(f"{path} is not what scripts/scaling --json writes: {problem!r}") from None
        if found is None:
            found = one
        else:
            found["runs"] += runs
    return found


def main():
    arguments = parse_arguments()
    try:
        found = load(arguments.files) if arguments.files else measure(arguments)
    except program_runs.ProgramFailed as problem:
        sys.exit(f"scripts/scaling: {problem}")
    except subprocess.CalledProcessError as problem:
        sys.exit(f"scripts/scaling: frames cannot be made: {problem.stderr.strip()}")
    runs = found["runs"]
    coefficients, others = model.fit(runs), model.refits(runs)
    predicted = report.prediction_rows(runs, coefficients, others, arguments.nodes, arguments.frames)
    found.update(coefficients=coefficients, prediction=predicted)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{found['version']} on {machine.text(found['machine'])}, {found['launcher']}\n")
    for series in ("strong", "weak"):
        print(report.series_text(runs, series, coefficients) + "\n")
    print(report.coefficients_text(coefficients, others))
    print(f"root mean square of the relative residuals: {model.relative_residual(coefficients, runs):.3f}\n")
    print(report.prediction_text(predicted, [run["nodes"] for run in runs]))
    if arguments.plot:
        report.draw(runs, coefficients, predicted, arguments.plot)


main()
