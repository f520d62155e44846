"""xrdct beside other programs that integrate the frames of HDF5 files, on the same frames, in turns.

The frames are made from a fixed seed: 4 Mpx u32 that bitshuffle-LZ4 compresses by 9.5, 4 Mpx u16 by 5.3, 2 Mpx i32, and
bright ones, of which 1 % of the pixels hold more than 255 counts. Patterns have 1,000 bins, pixels are split by their
bounding box, errors are Poisson's. Patterns of xrdct and pyFAI are compared before anything is timed. Medians are shown,
one line for each target; what is missing here is listed as skipped, with the way to get it. A full run takes half an
hour; 5 GB of memory and 1 GB of disk are enough.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import agreement
import figures
import frame_files
import machine
import peer_process
import program_runs
import rounds
import sweeps


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/compare frames", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds of shorter runs, other programs on u32 alone: three minutes")
    parser.add_argument("--sweep", action="store_true",
                        help="also how cost grows with frames, pixels, bins and threads: some minutes more")
    parser.add_argument("--kinds", default="u32,u16,i32,bright", help="which frames; default: %(default)s")
    parser.add_argument("--bins", type=int, default=1000)
    parser.add_argument("--rounds", type=int, help="turns of each program; by default 7, with --quick 3")
    parser.add_argument("--seconds", type=float, help="that one turn of xrdct takes, about; by default 6, with --quick 2")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="by default all cores")
    parser.add_argument("--folder", type=pathlib.Path, help="where files are made, and removed; by default in the system's")
    parser.add_argument("--xrdct", type=pathlib.Path, help="the program; by default that of build/release")
    parser.add_argument("--json", type=pathlib.Path, help="where to keep all that was measured")
    parser.add_argument("--document", action="store_true", help="write docs/performance.md and its plots too")
    arguments = parser.parse_args()
    for kind in arguments.kinds.split(","):
        if kind not in frame_files.KINDS:
            parser.error(f"'{kind}' is no kind of frames; use some of {','.join(frame_files.KINDS)}")
    for name in ("bins", "threads", "rounds", "seconds"):
        if getattr(arguments, name) is not None and getattr(arguments, name) < 1:
            parser.error(f"--{name} must be 1 or more")
    if arguments.json and not arguments.json.absolute().parent.is_dir():
        parser.error(f"no folder {arguments.json.parent} for --json")
    root = pathlib.Path(__file__).resolve().parents[2]
    arguments.xrdct = arguments.xrdct or root / "build/release/bin/xrdct"
    if not os.access(arguments.xrdct, os.X_OK):
        parser.error(f"no program at {arguments.xrdct}: build it (scripts/build), or name it by --xrdct")
    arguments.plan = rounds.QUICK if arguments.quick else rounds.FULL
    if arguments.rounds:
        arguments.plan = arguments.plan._replace(rounds=arguments.rounds)
    if arguments.seconds:
        arguments.plan = arguments.plan._replace(seconds=arguments.seconds)
    return arguments


def start_peers(frames, arguments, skipped):
    peers = {}
    for name in (*figures.LOOPS, *figures.POOLS, "bitshuffle"):
        peer = peer_process.PeerProcess(name, frames, arguments.threads, arguments.bins)
        if peer.absent:
            skipped[name] = peer.absent
            tell(f"{figures.PROGRAMS[name]}: skipped: {peer.absent}")
            peer.close()
        else:
            peers[name] = peer
    return peers


def measure_kind(name, arguments, folder, found):
    """Makes the frames, compares patterns, and lets all programs take turns."""
    kind = frame_files.KINDS[name]
    tell(f"{kind.label}: frames")
    frames = frame_files.make(arguments.xrdct, kind, folder, rounds.DISTINCT)
    entry = found["kinds"][name] = {
        "label": kind.label,
        "pixels": frames.rows * frames.columns,
        "bytes": frames.stored_bytes // frames.count,
        "ratio": frames.rows * frames.columns * frames.item_size * frames.count / frames.stored_bytes,
    }
    peers = start_peers(frames, arguments, found["skipped"]) if name in arguments.plan.peers_of else {}
    try:
        entry["programs"] = {program: peer.name for program, peer in peers.items()}
        if "loop_csr" in peers:
            tell(f"{kind.label}: patterns beside pyFAI's")
            entry["agreement"] = agreement.compare(arguments.xrdct, frames, peers["loop_csr"], folder, arguments.bins,
                                                   4 if arguments.quick else 8)
        turns = rounds.Turns(arguments, folder, frames, peers, found["skipped"])
        entry["frames"] = turns.stack.count
        entry["rates"] = turns.take(name == "u32", lambda text: tell(f"{kind.label}: {text}"))
    finally:
        for peer in peers.values():
            peer.close()
    return frames


def measure(arguments, folder):
    found = {
        "machine": machine.describe(),
        "version": machine.version_of(arguments.xrdct),
        "quick": arguments.quick,
        "rounds": arguments.plan.rounds,
        "threads": arguments.threads,
        "bins": arguments.bins,
        "kinds": {},
        "memory": [],
        "skipped": {},
    }
    for name in arguments.kinds.split(","):
        frames = measure_kind(name, arguments, folder, found)
        if name == "u32":
            rate = figures.median_rate(found, "u32", "reduce")
            tell("4M u32: ranks")
            found["ranks"] = rounds.measure_ranks(arguments, folder, frames, rate, found["skipped"])
            tell("4M u32: memory")
            found["memory"] = rounds.measure_memory(arguments, folder, frames)
    if arguments.sweep:
        found["sweeps"] = sweeps.measure(arguments, folder, tell)
    return found


def tell(text):
    print(text, file=sys.stderr, flush=True)


def main():
    arguments = parse_arguments()
    try:
        with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="xrdct-compare-") as name:
            found = measure(arguments, pathlib.Path(name))
    except (program_runs.ProgramFailed, agreement.Disagreement) as problem:
        sys.exit(f"scripts/compare: {problem}")
    except subprocess.CalledProcessError as problem:
        sys.exit(f"scripts/compare: frames cannot be made: {problem.stderr.strip()}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{machine.text(found['machine'])}; {arguments.threads} threads; medians of {arguments.plan.rounds} rounds\n")
    print(figures.as_columns(figures.rate_rows(found)) + "\n")
    print(figures.targets_text(found))
    for what, why in found["skipped"].items():
        print(f"skipped: {what}: {why}")
    if arguments.document:
        import document  # needs matplotlib

        document.write(found)


main()
