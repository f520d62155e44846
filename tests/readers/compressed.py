"""Compressed results hold the numbers of plain ones, for any number of ranks, and other programs read them: h5py with the
genuine bitshuffle filter.

usage: compressed.py XRDCT MPIEXEC
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

import small_scan

XRDCT, MPIEXEC = sys.argv[1:3]
BITSHUFFLE = 32008


def arrays(path, keep=lambda dataset: True):
    """All arrays of numbers below sinogram, tomogram and patterns."""
    found = {}
    with h5py.File(path) as file:
        def take(name, item):
            if isinstance(item, h5py.Dataset) and item.ndim > 0 and keep(item):
                found[name] = item[()]
        for group in ("sinogram", "tomogram", "patterns"):
            if group in file["entry"]:
                file["entry"][group].visititems(lambda name, item, group=group: take(group + "/" + name, item))
    return found


class Compressed(unittest.TestCase):
    def setUp(self):
        if not h5py.h5z.filter_avail(BITSHUFFLE):
            self.skipTest("the bitshuffle filter plugin is not installed (Debian: bitshuffle)")
        self.folder = tempfile.mkdtemp(prefix="xrdct-compressed-")
        self.addCleanup(shutil.rmtree, self.folder)
        small_scan.write(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_program(self, *words, ranks=1):
        before = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        done = subprocess.run([*before, XRDCT, *words], capture_output=True, text=True, timeout=120, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)

    def job(self, command, name, *more):
        words = small_scan.arguments(self.folder)
        words[0] = command
        if command == "integrate":
            del words[words.index("--axis"):words.index("--axis") + 2]
        words[words.index("-o") + 1] = self.path(name)
        return [*words, *more]

    def expect_same(self, first, second):
        a, b = arrays(self.path(first)), arrays(self.path(second))
        self.assertEqual(sorted(a), sorted(b))
        self.assertGreater(len(a), 5)
        for name in a:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)

    def check_filters(self, name, compression):
        with h5py.File(self.path(name)) as file:
            for group in ("sinogram", "tomogram", "patterns"):
                if group not in file["entry"]:
                    continue
                intensity = file["entry"][group]["intensity"]
                filters = [intensity.id.get_create_plist().get_filter(i)
                           for i in range(intensity.id.get_create_plist().get_nfilters())]
                self.assertEqual([f[0] for f in filters], [BITSHUFFLE])
                self.assertEqual(list(filters[0][2][:5])[2:], [4, 0, compression])

    def test_results_are_the_same_numbers_for_any_number_of_ranks(self):
        for command in ("reconstruct", "integrate"):
            more = ["--azimuth-bins", "3"] if command == "integrate" else []
            self.run_program(*self.job(command, "plain.h5", *more, "--overwrite"))
            for ranks in (1, 2, 4):
                self.run_program(*self.job(command, "small.h5", *more, "--compression", "lz4", "--overwrite"), ranks=ranks)
                self.check_filters("small.h5", 2)
                self.expect_same("plain.h5", "small.h5")
        # What is nearly the same everywhere takes little room.
        with h5py.File(self.path("small.h5")) as file:
            counts = file["/entry/sinogram/count"]
            self.assertLess(counts.id.get_storage_size(), counts.size * 4 / 3)

    def test_compressed_results_are_read_and_shown(self):
        self.run_program(*self.job("integrate", "plain.h5"))
        self.run_program(*self.job("integrate", "small.h5", "--compression", "lz4"))
        for name, more in (("plain", []), ("small", ["--compression", "lz4"])):
            self.run_program("backproject", self.path(name + ".h5"), "-o", self.path(name + "_tomogram.h5"), *more)
        self.check_filters("small_tomogram.h5", 2)
        a, b = arrays(self.path("plain_tomogram.h5")), arrays(self.path("small_tomogram.h5"))
        np.testing.assert_array_equal(a["tomogram/intensity"], b["tomogram/intensity"])
        for name in ("plain", "small"):
            self.run_program("plot", self.path(name + "_tomogram.h5"), "--show", "voxel", "-o", self.path("voxel.png"),
                             "--html", self.path(name + ".html"), "--overwrite")

    def test_zstd(self):
        self.run_program(*self.job("reconstruct", "plain.h5"))
        self.run_program(*self.job("reconstruct", "small.h5", "--compression", "zstd"), ranks=2)
        self.check_filters("small.h5", 3)
        try:
            arrays(self.path("small.h5"))
        except OSError:
            self.skipTest("this bitshuffle plugin is built without zstd")
        self.expect_same("plain.h5", "small.h5")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
