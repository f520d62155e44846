"""What a run tells of itself: log files, where the time went, cores that are too few, lines for a batch job.

usage: told.py XRDCT MPIEXEC
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py

import small_scan

XRDCT, MPIEXEC = sys.argv[1], sys.argv[2]


def run(words, ranks=0, cores=None):
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_mpi_yield_when_idle="1")
    environment.pop("SLURM_CPUS_PER_TASK", None)
    launcher = [MPIEXEC, "--oversubscribe", "--bind-to", "none", "-n", str(ranks)] if ranks else []
    bound = ["taskset", "-c", cores] if cores else []
    done = subprocess.run(bound + launcher + [XRDCT] + words, capture_output=True, text=True, timeout=120, env=environment)
    return done.returncode, done.stdout, done.stderr


class Told(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xrdct-told-")
        self.addCleanup(shutil.rmtree, self.folder)
        small_scan.write(self.folder)
        self.arguments = small_scan.arguments(self.folder)
        at = self.arguments.index("--threads")
        self.without_threads = self.arguments[:at] + self.arguments[at + 2:]

    def test_log_files(self):
        name = os.path.join(self.folder, 'a "log"')
        code, _, stderr = run(self.arguments + ["--log-file", name], 2)
        self.assertEqual(code, 0, stderr)
        for rank in range(2):
            with open("%s.%d.jsonl" % (name, rank)) as f:
                lines = [json.loads(line) for line in f]
            self.assertTrue(lines)
            for line in lines:
                self.assertEqual(sorted(line), ["host", "level", "rank", "text", "time"])
                self.assertEqual(line["rank"], rank)
            self.assertTrue(any(line["text"].startswith("stage reduce: ") for line in lines), lines)
        code, _, stderr = run(self.arguments + ["--overwrite", "--log-file", os.path.join(self.folder, "none", "log")])
        self.assertEqual(code, 1, stderr)
        self.assertIn("log file", stderr)

    def test_ranks_in_the_summary_and_in_the_result(self):
        code, _, stderr = run(self.arguments, 3)
        self.assertEqual(code, 0, stderr)
        for word in ("ranks: read took them", "ranks: integrate took them", "ranks: exchange took them",
                     "ranks: reduce took them", "ranks: tomogram took them", "ranks: reduced", "ranks: memory"):
            self.assertIn(word, stderr)
        with h5py.File(os.path.join(self.folder, "out.h5")) as f:
            group = f["/entry/process/by_rank"]
            self.assertEqual(group["memory"].shape, (3,))
            self.assertGreater(min(group["memory"][()]), 1e6)
            self.assertEqual(group["frames"][()].sum(), small_scan.FRAMES)
            self.assertEqual(group["seconds/reduce"].shape, (3,))
            for rank in range(3):  # frames are read while others are integrated
                self.assertGreater(group["seconds/read"][rank], 0)
                self.assertGreater(group["seconds/integrate"][rank], 0)
                self.assertLess(group["seconds/integrate"][rank], group["seconds/reduce"][rank])
            self.assertLessEqual(max(group["seconds/reduce"][()]), f["/entry/process/seconds/reduce"][()])

    def test_too_few_cores_are_told(self):
        for words, ranks, told in ((self.arguments, 3, "3 ranks with together 3 threads share 1 core: use --threads 1, and no"),
                                   (self.without_threads + ["--threads", "4"], 0, "1 rank with 4 threads shares 1 core"),
                                   (self.without_threads, 0, None)):
            code, _, stderr = run(words + ["--overwrite", "--backend", "cpu"], ranks, str(min(os.sched_getaffinity(0))))
            self.assertEqual(code, 0, stderr)
            if told:
                self.assertIn(told, stderr)
            else:
                self.assertNotIn("share", stderr)

    def test_lines_for_a_batch_job(self):
        words = ["inspect"] + self.without_threads[1:-2] + ["--threads", "2", "--job"]
        for ranks in (0, 3):
            code, out, stderr = run(words, ranks)
            self.assertEqual(code, 0, stderr)
            lines = out.splitlines()
            self.assertTrue(lines[0].startswith("# estimated: "), out)
            self.assertTrue(all(line.startswith("#SBATCH --") for line in lines[1:]), out)
            for line in ("#SBATCH --nodes=1", "#SBATCH --ntasks-per-node=%d" % max(ranks, 1), "#SBATCH --cpus-per-task=2",
                         "#SBATCH --time=00:10:00", "#SBATCH --signal=B:USR2@120"):
                self.assertIn(line, lines)
        code, out, stderr = run(["inspect", os.path.join(self.folder, "scan.h5"), "--job"])
        self.assertEqual((code, out), (3, ""), stderr)
        self.assertIn("--poni", stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
