"""slurm/realtime.sbatch on a scan that is being written: looks at what is there, and in the end at all of it.

usage: live.py XRDCT MPIEXEC
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy as np

import small_scan

XRDCT = os.path.abspath(sys.argv[1])
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "slurm", "realtime.sbatch")
SECONDS = 100


class Live(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xrdct-live-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.log = os.path.join(self.folder, "log")
        os.mkdir(os.path.join(self.folder, "next"))

    def write(self, frames):
        """Another file in its place, as a writer that flushes leaves it."""
        part = os.path.join(self.folder, "next")
        small_scan.write(part, frames_written=frames)
        for name in ("geometry.poni", "mask.npy", "scan.h5"):
            os.replace(os.path.join(part, name), os.path.join(self.folder, name))

    def start(self, **variables):
        words = small_scan.arguments(self.folder)[1:]
        at = words.index("--dataset")
        words = [words[0] + "::" + words[at + 1]] + words[at + 2:]
        environment = dict(os.environ, XRDCT=XRDCT, XRDCT_LAUNCHER="mpirun", XRDCT_STEP="20", XRDCT_POLL="0.1",
                           SLURM_NTASKS="2", SLURM_CPUS_PER_TASK="1", SLURM_SUBMIT_DIR=self.folder,
                           OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                           OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_vader_single_copy_mechanism="none", **variables)
        with open(self.log, "w") as log:
            job = subprocess.Popen(["bash", SCRIPT] + words, stdout=log, stderr=log, env=environment)
        self.addCleanup(lambda: (job.kill(), job.wait()))
        return job

    def text(self):
        with open(self.log) as f:
            return f.read()

    def wait_for(self, words, count):
        end = time.time() + SECONDS
        while self.text().count(words) < count:
            self.assertLess(time.time(), end, self.text())
            time.sleep(0.05)

    def result(self):
        with h5py.File(os.path.join(self.folder, "out.h5")) as f:
            return f["/entry/sinogram/intensity"][()], f["/entry/tomogram/intensity"][()]

    def test_scan_that_is_being_written(self):
        job = self.start()
        time.sleep(0.3)  # there is no scan yet
        for looks, frames in enumerate((25, 50, small_scan.FRAMES), 1):
            self.write(frames)
            self.wait_for("written: ", looks)
            self.assertIn("%d of %d frames are there" % (frames, small_scan.FRAMES), self.text())
            if frames < small_scan.FRAMES:
                sinogram, tomogram = self.result()
                self.assertEqual(np.isfinite(sinogram).all(axis=2).sum(), frames)
                self.assertTrue(np.isfinite(tomogram).all())
        self.assertEqual(job.wait(timeout=SECONDS), 0, self.text())
        live = self.result()
        words = small_scan.arguments(self.folder) + ["--overwrite"]
        subprocess.run([XRDCT] + words, check=True, capture_output=True)
        for got, wanted in zip(live, self.result()):
            np.testing.assert_array_equal(got, wanted)

    def test_scan_that_ends_early(self):
        self.write(30)
        job = self.start(XRDCT_PATIENCE="1")
        self.assertEqual(job.wait(timeout=SECONDS), 0, self.text())
        self.assertIn("the scan is over: 30 frames", self.text())
        self.assertEqual(self.text().count("written: "), 1)

    def test_no_scan(self):
        job = self.start(XRDCT_PATIENCE="1")
        self.assertEqual(job.wait(timeout=SECONDS), 3, self.text())
        self.assertIn("no frame came", self.text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
