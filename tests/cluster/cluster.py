"""Batch jobs on an emulated cluster of two hosts: what ends them is done to them, and their results are compared.

Every job is slurm/reconstruct.sbatch on a tiny scan whose frames take 0.2 s each (a failpoint makes them slow), one
rank a host. What is compared is every array of the result but for how it was made, to the bit, with a run by one process
that nobody disturbed. Needs root and the Debian packages slurm-wlm, munge and iproute2, and a machine that lets hosts be
emulated; where the cluster does not start, this is skipped (77) with the reason, and what fails after that is a failure.

Without XRDCT_CLUSTER=all in the environment, each thing is done by one launcher only, and what takes minutes is left out.

usage: cluster.py XRDCT [unittest's arguments]
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy as np

import small_scan

XRDCT = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "..", "slurm", "reconstruct.sbatch")
SECONDS = 200  # for a job with all its attempts; the longest takes 80
CHANNELS = 1024
ALL = os.environ.get("XRDCT_CLUSTER") == "all"


def why_not():
    if os.geteuid() != 0:
        return "it needs root"
    for program in ("slurmd", "slurmctld", "munged", "ip", "nsenter", "mpirun"):
        if shutil.which(program) is None:
            return "there is no %s here (Debian: slurm-wlm, munge, iproute2)" % program
    hosts = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True)
    if hosts.returncode != 0:
        return "hosts cannot be emulated: " + hosts.stderr.strip()
    if any(line.split()[0] in ("h0", "h1", "sw") for line in hosts.stdout.splitlines()):
        return "another emulated cluster is up"
    return None


def launchers(usual):
    return ("srun", "mpirun") if ALL else (usual,)


def start():
    """Starts the cluster: its folder, and what it was told, or nothing and why it does not start."""
    folder = tempfile.mkdtemp(prefix="xrdct-cluster-")
    try:
        Cluster.folder = folder
        Cluster.environment = dict(os.environ, TESTCLUSTER_DIR=os.path.join(folder, "state"))
        Cluster.cluster("up", "2")
        return folder, None
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
        stop(folder)
        return None, "the cluster does not start here: " + " ".join(str(problem).split())[-300:]


def stop(folder):
    try:
        Cluster.cluster("down")
    finally:
        shutil.rmtree(folder)


def arrays(path):
    """Name to shape, type and bytes of everything but /entry/process."""
    found = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("entry/process"):
            value = item[()]
            same = np.asarray(value).tolist() if item.dtype == object else np.asarray(value).tobytes()
            found[name] = (item.shape, str(item.dtype), same)

    with h5py.File(path) as f:
        f.visititems(take)
    return found


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        small_scan.write(cls.folder)
        cls.arguments = small_scan.arguments(cls.folder)[1:-2]
        alone = os.path.join(cls.folder, "alone.h5")
        subprocess.run([XRDCT, "reconstruct"] + cls.arguments + ["-o", alone], check=True, capture_output=True)
        cls.wanted = arrays(alone)

    @classmethod
    def cluster(cls, *words):
        """testcluster's own output goes to a file: what it starts inherits it, and a pipe would not end."""
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run([os.path.join(HERE, "testcluster")] + list(words), stdout=out, stderr=subprocess.STDOUT,
                                  env=cls.environment, timeout=60)
            out.seek(0)
            text = out.read()
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (words, text))
        return text

    def submit(self, name, *options, failpoint="reduce:1:slow", variables=(), more=(), arguments=None):
        self.out = os.path.join(self.folder, name + ".h5")
        self.log = os.path.join(self.folder, name + ".log")
        words = ["env", "XRDCT=" + XRDCT, "XRDCT_FAILPOINT=" + failpoint, *variables, "sbatch", "--parsable",
                 "--chdir=" + self.folder, "--output=" + self.log]
        if not any(o.startswith("--nodes") for o in options):
            words += ["--nodes=2", "--ntasks-per-node=1"]
        words += ["--cpus-per-task=1", *options, SCRIPT, *(arguments or self.arguments), "--batch", "1", "--checkpoint", "1",
                  *more]
        if not any(v.startswith("XRDCT_SCANS") for v in variables):
            words += ["-o", self.out]
        self.id = self.cluster("run", *words).strip()
        return self.id

    def text(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log) as f:
            return f.read()

    def wait_for(self, words, count=1):
        end = time.time() + SECONDS
        while self.text().count(words) < count:
            self.assertLess(time.time(), end, "no '%s' in:\n%s" % (words, self.text()))
            time.sleep(0.1)

    def wait_for_shards(self, bytes_=3000):
        """Until an attempt has kept something."""
        end = time.time() + SECONDS
        folder = self.out + ".checkpoint"
        while True:
            names = os.listdir(folder) if os.path.isdir(folder) else []
            if len(names) >= 2 and sum(os.path.getsize(os.path.join(folder, n)) for n in names) > bytes_:
                return
            self.assertLess(time.time(), end, self.text())
            time.sleep(0.1)

    def wait_for_end(self):
        """Slurm lets jobs that were queued again wait for two minutes: not here. On its way back to the queue a job seems
        to have failed for a moment."""
        end = time.time() + SECONDS
        ended = pending = None
        while True:
            lines = self.cluster("run", "squeue", "-h", "-j", self.id, "-o", "%A %T %r").split("\n")
            states = [line.split() for line in lines if line.strip()]
            for job, state, reason in (s[:3] for s in states):
                if state != "PENDING":
                    pending = None
                elif pending is None:
                    pending = time.time()
                elif "BeginTime" in reason and time.time() - pending > 5:  # its hosts are done with the attempt before
                    self.cluster("run", "scontrol", "update", "jobid=" + job, "starttime=now")
            if states and any(s[1] not in ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL") for s in states):
                ended = None
            elif ended is None:
                ended = time.time()
            elif time.time() - ended > 3:
                return self.cluster("run", "scontrol", "show", "job", self.id)
            self.assertLess(time.time(), end, self.text())
            time.sleep(0.3)

    def expect_result(self, out=None):
        got = arrays(out or self.out)
        self.assertEqual(sorted(got), sorted(self.wanted))
        for name, value in got.items():
            self.assertEqual(value, self.wanted[name], name)
        self.assertFalse(os.path.exists(self.out + ".checkpoint"))
        self.assertFalse(os.path.exists(self.out + ".restarts"))
        self.assertFalse(os.path.exists(self.out + ".unfinished"))

    def attempts(self):
        with h5py.File(self.out) as f:
            group = f["/entry/process/attempts"]
            return {name: group[name][()].tolist() for name in group}

    def expect_nothing_kept_is_done_again(self):
        record = self.attempts()
        self.assertEqual(record["reduced"][-1] + sum(record["kept"]), small_scan.FRAMES, record)
        self.assertGreater(sum(record["kept"]), 0, record)
        # A rank does 5 frames a second and writes every second: of each attempt no more than two intervals are lost.
        for reduced, kept in zip(record["reduced"][:-1], record["kept"]):
            self.assertLessEqual(reduced - kept, 2 * 2 * 5, record)
        return record

    # --- undisturbed -----------------------------------------------------------------------------------------------

    def test_two_hosts(self):
        for launcher in launchers("srun"):
            with self.subTest(launcher=launcher):
                self.submit("plain_" + launcher, failpoint="reduce:1:none", variables=["XRDCT_LAUNCHER=" + launcher])
                state = self.wait_for_end()
                self.assertIn("JobState=COMPLETED", state, self.text())
                self.expect_result()
                with h5py.File(self.out) as f:
                    devices = [d.decode().split(":")[0] for d in f["/entry/process/devices"][()]]
                self.assertEqual(devices, ["h0", "h1"])

    def test_array_of_scans(self):
        scans = os.path.join(self.folder, "scans.txt")
        with open(scans, "w") as f:
            for k in (1, 2):
                f.write("'%s/scan.h5' -o '%s/scan %d.h5'\n" % (self.folder, self.folder, k))
        self.submit("array_%a", "--array=1-2", "--nodes=1", "--ntasks-per-node=1", failpoint="reduce:1:none",
                    variables=["XRDCT_SCANS=" + scans], arguments=self.arguments[1:])
        self.wait_for_end()
        for k in (1, 2):
            self.expect_result("%s/scan %d.h5" % (self.folder, k))

    def test_mps(self):
        """NVIDIA's service, of which a script takes the place, is started on each node and ended after the ranks."""
        folder, told = os.path.join(self.folder, "bin"), os.path.join(self.folder, "mps")
        os.mkdir(folder)
        service = os.path.join(folder, "nvidia-cuda-mps-control")
        with open(service, "w") as f:
            f.write("""#!/bin/bash
asked="$CUDA_MPS_PIPE_DIRECTORY/quit.$(hostname)"
if [ "$1" = -f ]; then
  echo "start $(hostname)" >>'%s'
  until [ -e "$asked" ]; do sleep 0.1; done
  echo "stop $(hostname)" >>'%s'
  rm "$asked"
else
  read -r word && [ "$word" = quit ] && touch "$asked" && while [ -e "$asked" ]; do sleep 0.1; done
fi
""" % (told, told))
        os.chmod(service, 0o755)
        self.submit("mps", failpoint="reduce:1:none", variables=["XRDCT_MPS=1", "PATH=%s:%s" % (folder, os.environ["PATH"])])
        self.assertIn("JobState=COMPLETED", self.wait_for_end(), self.text())
        self.expect_result()
        with open(told) as f:
            lines = f.read().splitlines()
        self.assertEqual(sorted(lines[:2]), ["start h0", "start h1"])
        self.assertEqual(sorted(lines[2:]), ["stop h0", "stop h1"])

    # --- what goes from host to host ----------------------------------------------------------------------------

    def sent(self):
        """Bytes that have left each host."""
        counts = []
        for host in ("h0", "h1"):
            lines = subprocess.run(["nsenter", "--net=/run/netns/" + host, "cat", "/proc/net/dev"], capture_output=True,
                                   text=True, check=True).stdout.splitlines()
            counts.append(int(next(line for line in lines if "eth0:" in line).split(":")[1].split()[8]))
        return counts

    def step(self, scan, hosts, more=(), failpoint="reduce:1:none"):
        """A step of two ranks: what each host has sent for it, and seconds from the first frame to the end."""
        out = os.path.join(self.folder, "step.h5")
        before = self.sent()
        words = ["env", "XRDCT_FAILPOINT=" + failpoint, "srun", "--mpi=pmix", "--nodes=%d" % hosts, "--ntasks=2", XRDCT,
                 "reconstruct", os.path.join(scan, "scan.h5"), "--poni", os.path.join(scan, "geometry.poni"), "--mask",
                 os.path.join(scan, "mask.edf"), "--bins", str(CHANNELS), "--axis", "0", "--threads", "1", "--batch", "16",
                 "--checkpoint", "none", "--overwrite", "-o", out, *more]
        try:
            self.cluster("run", *words)
            stopped = False
        except RuntimeError as problem:
            self.assertIn("stopped by SIGUSR2", str(problem))
            stopped = True
        self.assertEqual(stopped, "usr2" in failpoint)
        counts = [now - then for now, then in zip(self.sent(), before)]
        if stopped:
            return counts, None
        with h5py.File(out) as f:
            seconds = {name: value[()] for name, value in f["/entry/process/seconds"].items()}
        return counts, sum(seconds.values()) - seconds["setup"]

    def test_bytes_between_hosts(self):
        """Of every pattern, half of the channels go to the other host; of what is written, half of the values of the rows
        that the other one writes. An idle run is the same job, stopped at its first batch. How fast two hosts are is
        printed."""
        rotations, translations = 30, 31
        scan = os.path.join(self.folder, "simulated")
        subprocess.run([XRDCT, "simulate", "--rotations", str(rotations), "--translations", str(translations), "--shape",
                        "128", "128", "--threads", "2", "-o", scan], check=True, capture_output=True)
        idle, _ = self.step(scan, 2, failpoint="reduce:1:usr2")
        half = CHANNELS // 2 * 4  # bytes of a float of each
        other = {}  # rows of the other host, as they are shared out by 16
        for rows in (rotations, translations):
            first = -(-rows // 16) // 2 * 16
            other[rows] = (rows - first, first)
        sums, results = 4 * rotations * translations / 2, (4, 2)  # of S, V, N and count; arrays of sinogram, of tomogram
        model = [half * (sums + results[0] * other[rotations][host] * translations
                         + results[1] * other[translations][host] * translations) for host in (0, 1)]
        seconds = {1: [], 2: []}
        for _ in range(2):
            for hosts in (2, 1):
                counts, took = self.step(scan, hosts)
                seconds[hosts].append(took)
                if hosts == 1:
                    self.assertLess(sum(counts), 1e5, counts)
                    continue
                both = counts
                for host in (0, 1):
                    self.assertAlmostEqual((counts[host] - idle[host]) / model[host], 1, delta=0.1)
        print("h0 and h1 sent %d and %d bytes, %d and %d of them idle, by the model %d and %d; two ranks on two hosts are %.2f "
              "times as fast as on one" % (*both, *idle, *model, min(seconds[1]) / min(seconds[2])))

    # --- ended ------------------------------------------------------------------------------------------------------

    def test_signal(self):
        for launcher in launchers("srun"):
            with self.subTest(launcher=launcher):
                self.submit("signal_" + launcher, variables=["XRDCT_LAUNCHER=" + launcher])
                self.wait_for_shards()
                began = time.time()
                self.cluster("run", "scancel", "-f", "--signal=USR2", self.id)
                self.wait_for("queued again")
                self.assertLess(time.time() - began, 10, self.text())
                self.assertIn("ended with code 75", self.text())
                self.assertIn("JobState=COMPLETED", self.wait_for_end(), self.text())
                self.expect_result()
                record = self.expect_nothing_kept_is_done_again()
                self.assertEqual(sum(record["reduced"]), small_scan.FRAMES, record)

    def test_killed_rank(self):
        for launcher in launchers("mpirun"):
            with self.subTest(launcher=launcher):
                self.submit("killed_" + launcher, variables=["XRDCT_LAUNCHER=" + launcher])
                self.wait_for_shards()
                pids = subprocess.run(["ip", "netns", "pids", "h1"], capture_output=True, text=True).stdout.split()
                ranks = [int(p) for p in pids if os.path.basename(os.readlink("/proc/%s/exe" % p)) == "xrdct"]
                self.assertEqual(len(ranks), 1)
                os.kill(ranks[0], signal.SIGKILL)
                self.wait_for("queued again")
                self.assertIn("JobState=COMPLETED", self.wait_for_end(), self.text())
                self.expect_result()
                self.expect_nothing_kept_is_done_again()

    def test_power_cut(self):
        self.submit("power")
        self.wait_for_shards()
        self.cluster("kill", "h1")
        end = time.time() + SECONDS
        while "PENDING" not in self.cluster("run", "squeue", "-h", "-j", self.id, "-o", "%T"):
            self.assertLess(time.time(), end, self.text())
            time.sleep(0.5)
        self.cluster("boot", "h1")
        self.assertIn("JobState=COMPLETED", self.wait_for_end(), self.text())
        self.expect_result()
        self.expect_nothing_kept_is_done_again()

    @unittest.skipUnless(ALL, "it takes a minute and a half: XRDCT_CLUSTER=all")
    def test_time_limit(self):
        """A minute, of which the last 50 s are for writing down; Slurm may tell it up to a minute early."""
        self.submit("limit", "--nodes=1", "--ntasks-per-node=1", "--time=1", "--signal=B:USR2@50",
                    failpoint=",".join(4 * ["reduce:1:slow"]))
        self.wait_for("queued again")
        self.assertIn("JobState=COMPLETED", self.wait_for_end(), self.text())
        self.assertIn("ended with code 75", self.text())
        self.expect_result()
        record = self.expect_nothing_kept_is_done_again()
        self.assertEqual(sum(record["reduced"]), small_scan.FRAMES, record)

    def test_gives_up_without_progress(self):
        self.submit("stuck", failpoint="reduce:1:kill", variables=["XRDCT_RESTARTS=1"])
        state = self.wait_for_end()
        self.assertIn("giving up", self.text())
        self.assertEqual(self.text().count("queued again"), 1)
        self.assertIn("ExitCode=137:0", state)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print("skipped: " + reason)
        sys.exit(77)
    where, reason = start()
    if reason:
        print("skipped: " + reason)
        sys.exit(77)
    try:
        unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
    finally:
        stop(where)
