"""Runs of a scaling study: where ranks are started, on how many frames, and what each run says."""

import collections
import os
import pathlib
import shutil

import frame_files
import program_runs

Place = collections.namedtuple("Place", "launcher nodes cores_a_node tasks_a_node")
Point = collections.namedtuple("Point", "nodes ranks")


def find_place():
    """A Slurm job's nodes, or this machine. Raises ProgramFailed where ranks cannot be started."""
    if os.environ.get("SLURM_JOB_ID"):
        if not shutil.which("srun"):
            raise program_runs.ProgramFailed("inside a Slurm job, but there is no srun")
        nodes = int(os.environ.get("SLURM_JOB_NUM_NODES", 1))
        cores = int(os.environ.get("SLURM_CPUS_ON_NODE") or len(os.sched_getaffinity(0)))
        tasks = int(os.environ.get("SLURM_NTASKS_PER_NODE") or cores)
        return Place("srun", nodes, cores, tasks)
    if not shutil.which("mpirun"):
        raise program_runs.ProgramFailed("no mpirun: apt-get install openmpi-bin")
    cores = len(os.sched_getaffinity(0))
    return Place("mpirun", 1, cores, cores)


def doublings(most):
    """1, 2, 4 … and the last one."""
    counts = [1]
    while counts[-1] * 2 <= most:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == most else counts + [most]


def points(place, threads, ranks_a_node=None):
    """What to measure: on every number of nodes the given numbers of ranks a node; by default one and all that there is
    room for, on one machine all doublings."""
    room = max(1, min(place.tasks_a_node, place.cores_a_node // threads))
    each = ranks_a_node or (doublings(room) if place.nodes == 1 else sorted({1, room}))
    return [Point(nodes, nodes * ranks) for nodes in doublings(place.nodes) for ranks in each]


def launch_words(place, point, threads):
    if place.launcher == "srun":
        return ["srun", "--mpi=pmix", "-N", point.nodes, "-n", point.ranks, f"--cpus-per-task={threads}"]
    return ["mpirun", "--bind-to", "none", "--oversubscribe", "-n", point.ranks]



def run_once(settings, place, point, series, stack, translations):
    """One reconstruction: its numbers as the model wants them, its seconds a stage."""
    output = pathlib.Path(settings.work) / "tomogram.h5"
    words = [settings.xrdct, "reconstruct", f"{stack.file}::{stack.dataset}", "--poni", stack.poni, "--mask", stack.mask]
    words += ["--grid", stack.count // translations, translations, "--monitor", "none", "--bins", settings.bins]
    words += ["--threads", settings.threads, "--progress", "off", "--log-level", "error", "-o", output, "--overwrite"]
    seconds, _ = program_runs.run_measured([*launch_words(place, point, settings.threads), *words])
    stages = program_runs.stages_of(output)
    return {
        "series": series,
        "nodes": point.nodes,
        "ranks": point.ranks,
        "cores": min(point.ranks * settings.threads, point.nodes * place.cores_a_node),
        "threads": settings.threads,
        "frames": stack.count,
        "translations": translations,
        "channels": settings.bins,
        "compressed": stack.stored_bytes,
        "sinogram": 16 * stack.count * settings.bins,  # signal, variance, norm and count, float32
        "written": os.path.getsize(output),
        "seconds": seconds,
        "stages": {
            "setup": stages["setup"],
            "reduce": stages["reduce"],
            "tomogram": stages["assemble"] + stages["tomogram"],
            "write": stages["write"],
        },
    }


def measure(settings, place, frames, tell):
    """All runs: rounds of strong scaling (the same frames), and of weak scaling (as many frames a core)."""
    wanted = points(place, settings.threads, settings.ranks_a_node)
    translations = settings.translations
    runs = []
    for number in range(settings.rounds):
        for point in wanted:
            cores = min(point.ranks * settings.threads, point.nodes * place.cores_a_node)
            for series, lines in (("strong", settings.lines), ("weak", settings.weak_lines * cores)):
                tell(f"round {number + 1} of {settings.rounds}: {series}, {point.nodes} nodes, {point.ranks} ranks")
                path = pathlib.Path(settings.work) / f"{series}_{lines}.h5"
                stack = frame_files.repeat(frames, lines * translations, path)
                runs.append(run_once(settings, place, point, series, stack, translations))
    return runs
