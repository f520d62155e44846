"""Programs taking turns on the same frames."""

import collections
import os
import shutil

import frame_files
import program_runs

# Frames that differ: 32 of them, 60 MB compressed, are more than the caches hold.
DISTINCT = 32

# Seconds are those that one turn of xrdct takes, about, and at least so many frames: a scan has ten thousand or more, and
# the second that it takes to start, to solve the geometry and to end shows as it does in practice. Of other programs a
# few frames do, which take them a second. LZ4 alone, what all are compared with, runs for three seconds: with one, its
# medians of two runs differed by 40 % on a virtual machine.
Plan = collections.namedtuple("Plan", "rounds seconds least_frames bench_seconds loop_frames pool_frames decoded_frames "
                              "peers_of rank_seconds memory")
FULL = Plan(7, 6, 10000, 3, 5, 8, 64, ("u32", "u16", "i32", "bright"), 38,
            [(1, 1000), (1, 4000), (2, 4000), (16, 1000), (16, 4000)])
QUICK = Plan(3, 2, 500, 0.4, 3, 4, 32, ("u32",), 6, [(1, 1000), (16, 4000)])

# The wide instructions that not all processors have are left out by this.
AVX2 = ("--instruction-set", "avx2")


class Turns:
    def __init__(self, arguments, folder, frames, peers, skipped):
        self.arguments, self.plan, self.folder = arguments, arguments.plan, folder
        self.peers, self.skipped, self.rates = peers, skipped, collections.defaultdict(list)
        count = int(max(self.plan.least_frames, round(self._first_rate(frames) * self.plan.seconds, -2)))
        self.stack = frame_files.repeat(frames, count, folder / "stack.h5")
        share = int(round(min(count / arguments.threads, self.plan.least_frames / 2), -2))
        self.one_core = frame_files.repeat(frames, max(100, share), folder / "one_core.h5")
        self.frames = frames

    def _first_rate(self, frames):
        """Without what every run takes, however short."""
        short, long = (self._integrate(frame_files.repeat(frames, count, self.folder / "stack.h5"), self.arguments.threads)
                       for count in (256, 1280))
        return 1024 / max(long.stages["reduce"] - short.stages["reduce"], 0.1 * long.stages["reduce"])

    def _rate_of(self, stack, threads, *options, launcher=()):
        run = self._integrate(stack, threads, *options, launcher=launcher)
        return stack.count / run.stages["reduce"]

    def _integrate(self, stack, threads, *options, launcher=()):
        return program_runs.integrate(self.arguments.xrdct, stack, self.folder, self.arguments.bins, "--threads", threads,
                                      *options, launcher=launcher)

    def take(self, all_of_it, tell):
        """Rates {program: [of each round]}; with `all_of_it` also those of one thread and of AVX2 alone."""
        for number in range(self.plan.rounds):
            tell(f"round {number + 1} of {self.plan.rounds}")
            self._program()
            self._parts(self.arguments.threads, "")
            if all_of_it:
                self._fewer()
            self._others()
        return dict(self.rates)

    def _program(self):
        run = self._integrate(self.stack, self.arguments.threads)
        self.rates["reduce"].append(self.stack.count / run.stages["reduce"])
        self.rates["whole"].append(self.stack.count / run.seconds)

    def _parts(self, threads, suffix, launcher=()):
        stages = ["lz4"] if suffix else ["lz4", "reduce"]
        if "lz4" in self.skipped:
            return
        try:
            rates = program_runs.bench(self.arguments.xrdct, self.frames, stages, threads, self.plan.bench_seconds,
                                       self.arguments.bins, self.folder, launcher=launcher)
        except program_runs.ProgramFailed as problem:
            self.skipped["lz4"] = str(problem).splitlines()[-1]
            return
        self.rates["lz4" + suffix].append(rates["lz4"])
        if "reduce" in rates:
            self.rates["memory"].append(rates["reduce"])

    def _fewer(self):
        if self.arguments.threads < 2:
            self.skipped["threads"] = "there is one core alone"
        elif not shutil.which("taskset"):
            self.skipped["threads"] = "no taskset: apt-get install util-linux"
        else:  # on a core of its own: what reads frames beside it would have another one
            core = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
            self.rates["reduce, 1 thread"].append(self._rate_of(self.one_core, 1, launcher=core))
            self._parts(1, ", 1 thread", core)
        if "AVX2" not in self.skipped:
            try:
                self.rates["reduce, AVX2"].append(self._rate_of(self.stack, self.arguments.threads, *AVX2))
            except program_runs.ProgramFailed as problem:
                self.skipped["AVX2"] = str(problem).splitlines()[-1]

    def _others(self):
        counts = {"loop": self.plan.loop_frames, "pool": self.plan.pool_frames, "bitshuffle": self.plan.decoded_frames}
        for name, peer in self.peers.items():
            self.rates[name].append(peer.rate(counts[name.split("_")[0]]))


def measure_ranks(arguments, folder, frames, rate, skipped):
    """The reduce stage of 2 and of 15 ranks on two cores, in turns: {"seconds": of a run, "rates": {"2": [], "15": []}}."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if not shutil.which("mpirun"):
        skipped["ranks"] = "no mpirun: apt-get install openmpi-bin"
    elif len(cores) < 2 or not shutil.which("taskset"):
        skipped["ranks"] = "two cores and taskset are needed"
    if "ranks" in skipped:
        return {}
    pinned = ["taskset", "-c", ",".join(str(core) for core in cores), "mpirun", "--bind-to", "none", "--oversubscribe", "-n"]
    share = len(cores) / arguments.threads  # the rate is that of all threads
    stack = frame_files.repeat(frames, int(max(500, round(rate * share * arguments.plan.rank_seconds, -2))),
                               folder / "ranks.h5")
    rates, seconds = {"2": [], "15": []}, []
    for _ in range(max(1, arguments.plan.rounds // 3)):  # long runs, of which fewer do
        for ranks, of_ranks in rates.items():
            run = program_runs.integrate(arguments.xrdct, stack, folder, arguments.bins, "--threads", 1,
                                         launcher=[*pinned, ranks])
            of_ranks.append(stack.count / run.stages["reduce"])
            seconds.append(run.stages["reduce"])
    return {"seconds": min(seconds), "frames": stack.count, "rates": rates}


def measure_memory(arguments, folder, frames):
    """Highest resident sets of one rank, in bytes, and the bytes of its sinogram: four float32 a bin and frame."""
    runs = []
    for threads, count in arguments.plan.memory:
        stack = frame_files.repeat(frames, count, folder / "memory.h5")
        run = program_runs.integrate(arguments.xrdct, stack, folder, arguments.bins, "--threads", threads)
        runs.append({"threads": threads, "frames": count, "peak": run.peak, "slab": 16 * count * arguments.bins})
    return runs
