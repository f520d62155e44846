"""How cost grows with frames, pixels, bins and threads."""

import statistics

import frame_files
import peer_process
import program_runs
import rounds

DETECTORS = ["Eiger 500k", "Eiger 1M", "Eiger 4M", "Eiger 9M"]
ROUNDS = 3


def measure(arguments, folder, tell):
    """{"frames": [], "pixels": [], "bins": [], "threads": []}, each a list of what was measured there."""
    kind = frame_files.KINDS["u32"]
    frames = frame_files.make(arguments.xrdct, kind, folder, rounds.DISTINCT)
    few = arguments.quick
    tell("sweep: frames")
    found = {"frames": [of_frames(arguments, folder, frames, n) for n in ([250, 2000] if few else [250, 1000, 4000, 16000])]}
    tell("sweep: pixels")
    found["pixels"] = [of_pixels(arguments, folder, kind, name) for name in (DETECTORS[1:3] if few else DETECTORS)]
    tell("sweep: bins")
    found["bins"] = [of_bins(arguments, folder, frames, n) for n in ([300, 3000] if few else [100, 300, 1000, 3000, 10000])]
    tell("sweep: threads")
    found["threads"] = [of_threads(arguments, folder, frames, n) for n in thread_counts(arguments.threads)]
    return found


def thread_counts(most):
    """1, 2, 4 … and all."""
    counts = [1]
    while counts[-1] * 2 <= most:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == most else counts + [most]


def part_rates(arguments, folder, frames, bins, threads):
    """Medians of chunks in memory to patterns, and of LZ4 alone, as often as they take turns."""
    seconds = min(1, arguments.plan.bench_seconds)
    rounds_of = [program_runs.bench(arguments.xrdct, frames, ["lz4", "reduce"], threads, seconds, bins, folder)
                 for _ in range(ROUNDS)]
    return {name: statistics.median(rates[stage] for rates in rounds_of) for name, stage in
            (("lz4", "lz4"), ("memory", "reduce"))}


def loop_rate(arguments, frames, bins):
    """Of pyFAI's loop by CSR; None where there is none."""
    with peer_process.PeerProcess("loop_csr", frames, arguments.threads, bins) as peer:
        return None if peer.absent else statistics.median(peer.rate(4) for _ in range(ROUNDS))


def of_frames(arguments, folder, frames, count):
    """The whole program: seconds in all, of the reduce stage, and the highest resident set, of the median run."""
    stack = frame_files.repeat(frames, count, folder / "sweep.h5")
    runs = [program_runs.integrate(arguments.xrdct, stack, folder, arguments.bins, "--threads", arguments.threads)
            for _ in range(ROUNDS)]
    return {
        "frames": count,
        "seconds": statistics.median(run.seconds for run in runs),
        "reduce_seconds": statistics.median(run.stages["reduce"] for run in runs),
        "peak": statistics.median(run.peak for run in runs),
    }


def of_pixels(arguments, folder, kind, detector):
    frames = frame_files.make(arguments.xrdct, kind, folder, 16, detector)
    return {"pixels": frames.rows * frames.columns, "detector": detector,
            **part_rates(arguments, folder, frames, arguments.bins, arguments.threads),
            "loop": loop_rate(arguments, frames, arguments.bins)}


def of_bins(arguments, folder, frames, bins):
    return {"bins": bins, **part_rates(arguments, folder, frames, bins, arguments.threads),
            "loop": loop_rate(arguments, frames, bins)}


def of_threads(arguments, folder, frames, threads):
    return {"threads": threads, **part_rates(arguments, folder, frames, arguments.bins, threads)}
