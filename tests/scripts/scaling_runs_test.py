"""Where a scaling study starts ranks, and on how many nodes; frames repeated to scans of any length."""
import os
import pathlib
import tempfile
import unittest
import unittest.mock

import h5py
import numpy

import frame_files
import program_runs
import scaling_runs
from scaling_runs import Place, Point


def place_in(**environment):
    with unittest.mock.patch.dict(os.environ, environment, clear=True):
        with unittest.mock.patch("shutil.which", lambda name: "/usr/bin/" + name):
            return scaling_runs.find_place()


class Places(unittest.TestCase):
    def test_a_slurm_job_and_one_machine(self):
        job = dict(SLURM_JOB_ID="7", SLURM_JOB_NUM_NODES="3", SLURM_CPUS_ON_NODE="16")
        self.assertEqual(place_in(**job, SLURM_NTASKS_PER_NODE="4"), Place("srun", 3, 16, 4))
        self.assertEqual(place_in(**job), Place("srun", 3, 16, 16))
        cores = len(os.sched_getaffinity(0))
        self.assertEqual(place_in(), Place("mpirun", 1, cores, cores))

    def test_no_launcher(self):
        with unittest.mock.patch("shutil.which", lambda name: None):
            with self.assertRaisesRegex(program_runs.ProgramFailed, "mpirun|srun"):
                scaling_runs.find_place()

    def test_points(self):
        self.assertEqual(scaling_runs.points(Place("mpirun", 1, 6, 6), 1), [Point(1, n) for n in (1, 2, 4, 6)])
        self.assertEqual(scaling_runs.points(Place("mpirun", 1, 6, 6), 3), [Point(1, 1), Point(1, 2)])
        self.assertEqual(scaling_runs.points(Place("srun", 3, 16, 4), 1),
                         [Point(1, 1), Point(1, 4), Point(2, 2), Point(2, 8), Point(3, 3), Point(3, 12)])
        self.assertEqual(scaling_runs.points(Place("srun", 2, 16, 4), 1, [8]), [Point(1, 8), Point(2, 16)])
        # A rank of more threads than cores is one rank a node.
        self.assertEqual(scaling_runs.points(Place("srun", 2, 4, 4), 8), [Point(1, 1), Point(2, 2)])

    def test_words(self):
        slurm = scaling_runs.launch_words(Place("srun", 4, 16, 4), Point(2, 8), 3)
        self.assertEqual([str(word) for word in slurm], "srun --mpi=pmix -N 2 -n 8 --cpus-per-task=3".split())
        one = scaling_runs.launch_words(Place("mpirun", 1, 2, 2), Point(1, 8), 3)
        self.assertEqual([str(word) for word in one][-2:], ["-n", "8"])


class Repeating(unittest.TestCase):
    def test_frames_come_over_and_over(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            pixels = numpy.random.default_rng(1).integers(0, 1000, (3, 5, 7)).astype("u2")
            with h5py.File(folder / "some.h5", "w") as file:
                file.create_dataset(frame_files.DATASET, data=pixels, chunks=(1, 5, 7))
            frames = frame_files.describe(folder / "some.h5")
            self.assertEqual((frames.count, frames.rows, frames.columns, frames.stored_bytes), (3, 5, 7, 3 * 5 * 7 * 2))
            self.assertEqual(frames.poni, folder / "some.poni")
            for count in (1, 3, 8):
                stack = frame_files.repeat(frames, count, folder / "stack.h5")
                self.assertEqual((stack.count, stack.stored_bytes), (count, count * 5 * 7 * 2))
                with h5py.File(stack.file) as file:
                    found = file[stack.dataset][()]
                self.assertTrue((found == pixels[numpy.arange(count) % 3]).all())
                self.assertEqual(found.dtype, pixels.dtype)


unittest.main()
