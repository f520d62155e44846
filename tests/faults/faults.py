"""Breaks a scan, its companions, the disk and a rank, and looks at how the run ends.

Each fault must end with the right exit code on every rank, one line by xrdct on standard error that names what is wrong,
no hang, and no file under the result's name.

usage: faults.py XRDCT MPIEXEC
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

import small_scan

XRDCT, MPIEXEC = sys.argv[1], sys.argv[2]
RANKS = 3
SECONDS = 60


def mpi_environment():
    return dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                OMPI_MCA_btl_vader_single_copy_mechanism="none")


def run_alone(arguments, prefix=""):
    done = subprocess.run(["bash", "-c", prefix + ' exec "$@"', "bash", XRDCT] + arguments,
                          capture_output=True, text=True, timeout=SECONDS)
    return [done.returncode], done.stderr


def run_ranks(arguments, folder, prefix=""):
    """The exit code of the program itself on every rank: a shell around it ends with 0, so that the launcher kills nobody."""
    script = prefix + '"$@"; echo $? >"%s/code.$OMPI_COMM_WORLD_RANK"' % folder
    done = subprocess.run([MPIEXEC, "--oversubscribe", "-n", str(RANKS), "bash", "-c", script, "bash", XRDCT] + arguments,
                          capture_output=True, text=True, timeout=SECONDS, env=mpi_environment())
    codes = []
    for rank in range(RANKS):
        path = os.path.join(folder, "code.%d" % rank)
        codes.append(int(text_of(path)) if os.path.exists(path) else None)
    return codes, done.stderr


def text_of(path):
    with open(path) as f:
        return f.read()


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xrdct-faults-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def expect(self, code, words, arguments=None, prefix=""):
        """Runs alone and with ranks; `words` must all stand in the one error line."""
        arguments = arguments or small_scan.arguments(self.folder)
        for how in ("alone", "ranks"):
            with self.subTest(how=how):
                codes, stderr = run_alone(arguments, prefix) if how == "alone" else run_ranks(arguments, self.folder, prefix)
                self.assertEqual(codes, [code] * len(codes), stderr)
                lines = [line for line in stderr.splitlines() if line.startswith("xrdct: error:")]
                self.assertEqual(len(lines), 1, stderr)
                for word in words:
                    self.assertIn(word, lines[0])
                self.assertNotIn("HDF5-DIAG", stderr)
                self.assertFalse(os.path.exists(self.path("out.h5")))
                self.assertEqual([n for n in os.listdir(self.folder) if n.startswith(("out", ".out"))], [])

    # --- the good case, or nothing below would mean anything -------------------------------------------------------

    def test_nothing_wrong(self):
        data = small_scan.write(self.folder)
        for how in ("alone", "ranks"):
            codes, stderr = (run_alone(small_scan.arguments(self.folder)) if how == "alone"
                             else run_ranks(small_scan.arguments(self.folder), self.folder))
            self.assertEqual(codes, [0] * len(codes), stderr)
            with h5py.File(self.path("out.h5")) as f:
                self.assertEqual(f["/entry/tomogram/intensity"].shape, (9, 9, 30))
                np.testing.assert_allclose(f["/entry/frames/raw_sum"][()], data.sum(axis=(1, 2)))
            os.remove(self.path("out.h5"))

    # --- files that are not what they should be --------------------------------------------------------------------

    def test_missing_file(self):
        small_scan.write(self.folder)
        os.remove(self.path("scan.h5"))
        self.expect(3, ["scan.h5"])

    def test_not_hdf5(self):
        small_scan.write(self.folder)
        with open(self.path("scan.h5"), "wb") as f:
            f.write(b"this is text\n" * 100)
        self.expect(3, ["scan.h5"])

    def test_wrong_dataset(self):
        small_scan.write(self.folder)
        arguments = small_scan.arguments(self.folder)
        arguments[3] = "/1.1/measurement/detektor"
        self.expect(3, ["detektor"], arguments)

    def test_truncated_file(self):
        small_scan.write(self.folder)
        size = os.path.getsize(self.path("scan.h5"))
        for share in (0.02, 0.3, 0.7, 0.999):
            os.truncate(self.path("scan.h5"), int(size * share))
            self.expect(3, ["scan.h5"])
            small_scan.write(self.folder)

    def test_chunk_with_a_lying_header(self):
        def lie(k, chunk):
            return b"\0\0\0\0\0\1\0\0" + chunk[8:] if k == 41 else chunk
        small_scan.write(self.folder, chunk=lie)
        self.expect(3, ["scan.h5", small_scan.DETECTOR, "41", "header"])

    def test_corrupt_block(self):
        def corrupt(k, chunk):
            return chunk[:16] + b"\x0f\xff\xff\xff" + chunk[20:] if k == 70 else chunk
        small_scan.write(self.folder, chunk=corrupt)
        self.expect(3, ["scan.h5", small_scan.DETECTOR, "70", "corrupt"])

    def test_truncated_chunk(self):
        small_scan.write(self.folder, chunk=lambda k, chunk: chunk[:-200] if k == 3 else chunk)
        self.expect(3, ["scan.h5", "3", "truncated"])

    def test_mask_of_another_shape(self):
        small_scan.write(self.folder)
        np.save(self.path("mask.npy"), np.zeros((small_scan.ROWS, small_scan.COLUMNS + 1), np.uint8))
        self.expect(3, ["mask.npy", "41", "40"])

    def test_poni_without_distance(self):
        small_scan.write(self.folder)
        with open(self.path("geometry.poni"), "w") as f:
            f.write("".join(line for line in small_scan.PONI.splitlines(True) if not line.startswith("Distance")))
        self.expect(3, ["geometry.poni", "istance"])

    def test_positions_that_do_not_match(self):
        small_scan.write(self.folder, positions=small_scan.FRAMES - 1)
        self.expect(3, ["71", "72"])

    def test_all_frames_missing(self):
        small_scan.write(self.folder, frames_written=0)
        self.expect(3, ["scan.h5"])

    # --- options ---------------------------------------------------------------------------------------------------

    def test_unknown_option(self):
        small_scan.write(self.folder)
        self.expect(2, ["--axes", "--axis"], [{"--axis": "--axes"}.get(a, a) for a in small_scan.arguments(self.folder)])

    def test_result_exists(self):
        small_scan.write(self.folder)
        arguments = small_scan.arguments(self.folder)
        arguments[-1] = self.path("precious.h5")
        with open(self.path("precious.h5"), "w") as f:
            f.write("years of work")
        codes, stderr = run_ranks(arguments, self.folder)
        self.assertEqual(codes, [2] * RANKS, stderr)
        self.assertIn("--overwrite", stderr)
        self.assertEqual(text_of(self.path("precious.h5")), "years of work")

    def test_result_is_an_input(self):
        small_scan.write(self.folder)
        arguments = small_scan.arguments(self.folder)
        arguments[-1] = self.path("geometry.poni")
        codes, stderr = run_ranks(arguments + ["--overwrite"], self.folder)
        self.assertEqual(codes, [2] * RANKS, stderr)
        self.assertEqual(text_of(self.path("geometry.poni")), small_scan.PONI)

    # --- bad frames left out -----------------------------------------------------------------------------------------

    def test_skipped_frames_are_counted_and_marked(self):
        def spoil(k, chunk):
            return chunk[:40] if k == 5 else None if k == 6 else chunk
        small_scan.write(self.folder, chunk=spoil)
        for how in ("alone", "ranks"):
            arguments = small_scan.arguments(self.folder) + ["--bad-frames", "skip", "--overwrite"]
            codes, stderr = run_alone(arguments) if how == "alone" else run_ranks(arguments, self.folder)
            self.assertEqual(codes, [0] * len(codes), stderr)
            self.assertRegex(stderr, r"1 bad")
            self.assertRegex(stderr, r"1 missing")
            with h5py.File(self.path("out.h5")) as f:
                status = f["/entry/frames/status"][()]
                self.assertEqual(np.flatnonzero(status).tolist(), [5, 6])
                self.assertEqual(status[6], 1)
                self.assertGreater(status[5], 1)
                sinogram = f["/entry/sinogram/intensity"][()]
                self.assertTrue(np.isnan(sinogram[0, 5:7]).all())
                self.assertEqual(np.isnan(sinogram).any(axis=2).sum(), 2)
                self.assertTrue(np.isfinite(f["/entry/tomogram/intensity"][()]).all())

    # --- the machine -----------------------------------------------------------------------------------------------

    def test_full_disk(self):
        """A limit on file sizes stands for a full disk: writing beyond it fails as there, with another errno."""
        small_scan.write(self.folder)
        self.expect(1, ["out.h5"], prefix="ulimit -f 20; trap '' XFSZ;")

    def test_full_file_system(self):
        small_scan.write(self.folder)
        small = self.path("small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True).returncode != 0:
            self.skipTest("mounting a small file system needs root")
        try:
            arguments = small_scan.arguments(self.folder)
            arguments[-1] = os.path.join(small, "out.h5")
            self.expect(1, ["out.h5"], arguments)
            self.assertEqual(os.listdir(small), [])
        finally:
            subprocess.run(["umount", small], check=True)

    def test_no_such_output_folder(self):
        small_scan.write(self.folder)
        arguments = small_scan.arguments(self.folder)
        arguments[-1] = self.path("nowhere/out.h5")
        self.expect(1, ["nowhere"], arguments)

    def test_output_folder_that_one_rank_does_not_see(self):
        """As a folder of each node's own would be: said before any work is done, and nobody waits for that rank."""
        small_scan.write(self.folder)
        private = self.path("private")
        os.mkdir(private)
        elsewhere = 'exec unshare -m bash -c "mount -t tmpfs tmpfs %s && exec \\"\\$@\\"" bash' % private
        if subprocess.run(["bash", "-c", elsewhere + " true"], capture_output=True).returncode != 0:
            self.skipTest("a rank with a folder of its own needs root")
        arguments = small_scan.arguments(self.folder)
        arguments[-1] = os.path.join(private, "out.h5")
        script = 'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then %s "$@"; else exec "$@"; fi' % elsewhere
        done = subprocess.run([MPIEXEC, "--oversubscribe", "-n", str(RANKS), "bash", "-c", script, "bash", XRDCT] + arguments,
                              capture_output=True, text=True, timeout=SECONDS, env=mpi_environment())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, "error: rank 1 on .*out.h5.* share")
        self.assertEqual(os.listdir(private), [])

    def test_killed_rank(self):
        """The launcher ends the job with the dead rank's code; nothing hangs, and no result has the final name."""
        small_scan.write(self.folder)
        # It dies with its second frame, while another has hardly begun: in the middle of the work, whatever the machine.
        environment = dict(mpi_environment(), XRDCT_FAILPOINT="reduce@0:1:slow,reduce@1:2:kill")
        arguments = small_scan.arguments(self.folder) + ["--batch", "1", "--checkpoint", "none"]
        done = subprocess.run([MPIEXEC, "--oversubscribe", "-n", str(RANKS), XRDCT] + arguments, capture_output=True,
                              text=True, timeout=SECONDS, env=environment)  # subprocess.TimeoutExpired where it hangs
        self.assertEqual(done.returncode, 128 + signal.SIGKILL, done.stderr)
        self.assertIn("failpoint reduce is hit", done.stderr)
        self.assertFalse(os.path.exists(self.path("out.h5")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
