"""h5py, with the genuine bitshuffle filter, opens what xrdct writes.

usage: readers.py XRDCT
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

XRDCT = sys.argv[1]


def follow_default(file):
    """What a viewer does: from the root by @default alone to the NXdata, by @signal to the array."""
    group = file
    path = []
    while "default" in group.attrs:
        path.append(group.attrs["default"])
        group = group[path[-1]]
    return path, group


class Readers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xrdct-readers-")
        self.addCleanup(shutil.rmtree, self.folder)

    def run_program(self, *arguments):
        done = subprocess.run([XRDCT] + list(arguments), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def check_plottable(self, data):
        """An NXdata whose signal has an axis for each dimension and errors of its own shape."""
        self.assertEqual(data.attrs["NX_class"], "NXdata")
        signal = data[data.attrs["signal"]]
        axes = list(data.attrs["axes"])
        self.assertEqual(len(axes), signal.ndim)
        for length, axis in zip(signal.shape, axes):
            self.assertEqual(data[axis].shape, (length,))
            self.assertTrue(np.all(np.diff(data[axis][()]) > 0), axis)
            if axis != "frame":  # a number without a unit
                self.assertIn("units", data[axis].attrs, axis)
        self.assertEqual(data[data.attrs["signal"] + "_errors"].shape, signal.shape)
        return signal

    def test_a_result_opens_by_default_and_signal_alone(self):
        small_scan.write(self.folder)
        self.run_program(*small_scan.arguments(self.folder))
        with h5py.File(os.path.join(self.folder, "out.h5")) as f:
            path, data = follow_default(f)
            self.assertEqual(path, ["entry", "tomogram"])
            signal = self.check_plottable(data)
            self.assertEqual(signal.shape, (9, 9, 30))
            self.assertTrue(np.isfinite(signal[()]).all())
            sinogram = self.check_plottable(f["/entry/sinogram"])
            self.assertEqual(sinogram.shape, (8, 9, 30))
            for name in ("normalization", "count"):
                self.assertEqual(f["/entry/sinogram"][name].shape, sinogram.shape)
            self.assertEqual(f["/entry"].attrs["NX_class"], "NXentry")
            self.assertEqual(f["/entry/process"].attrs["NX_class"], "NXprocess")

    def test_a_sinogram_is_what_was_measured(self):
        """A pattern against plain NumPy, with the radius of every pixel and no corrections."""
        data = small_scan.write(self.folder)
        out = os.path.join(self.folder, "out.h5")
        arguments = small_scan.arguments(self.folder)
        self.run_program(*arguments, "--split", "no", "--unit", "r_mm", "--no-solid-angle")
        y = (np.arange(small_scan.ROWS) + 0.5) * 0.2 - 3
        x = (np.arange(small_scan.COLUMNS) + 0.5) * 0.2 - 4
        radius = np.hypot(y[:, None], x[None, :])
        edges = np.linspace(radius.min(), radius.max() * (1 + 2.0**-23), 31)
        number = np.histogram(radius, edges)[0]
        with h5py.File(out) as f:
            group = f["/entry/sinogram"]
            np.testing.assert_allclose(group["radius"][()], (edges[1:] + edges[:-1]) / 2, rtol=1e-9)
            for frame in (0, 17, small_scan.FRAMES - 1):
                i, j = divmod(frame, small_scan.TRANSLATIONS)
                counts = np.histogram(radius, edges, weights=data[frame].astype(float))[0]
                variances = np.histogram(radius, edges, weights=np.maximum(data[frame], 1).astype(float))[0]
                np.testing.assert_array_equal(group["count"][i, j], number)
                np.testing.assert_allclose(group["intensity"][i, j], counts / number, rtol=1e-6)
                np.testing.assert_allclose(group["intensity_errors"][i, j], np.sqrt(variances) / number, rtol=1e-6)

    def test_patterns_of_frames_open_too(self):
        small_scan.write(self.folder)
        arguments = ["integrate" if a == "reconstruct" else a for a in small_scan.arguments(self.folder)]
        axis = arguments.index("--axis")
        del arguments[axis:axis + 2]
        self.run_program(*arguments)
        with h5py.File(os.path.join(self.folder, "out.h5")) as f:
            patterns = self.check_plottable(f["/entry/patterns"])
            self.assertEqual(patterns.shape, (small_scan.FRAMES, 30))
            _, data = follow_default(f)
            self.check_plottable(data)
            signal, norm = f["/entry/patterns/sum_signal"][()], f["/entry/patterns/sum_normalization"][()]
            np.testing.assert_allclose(patterns[()], signal / norm, rtol=1e-6)

    def test_a_simulated_scan_is_read_with_the_genuine_filter(self):
        if not h5py.h5z.filter_avail(32008):
            self.skipTest("the bitshuffle filter plugin is not installed (Debian: bitshuffle)")
        for pixel, dtype in (("u16", "uint16"), ("u32", "uint32"), ("i32", "int32")):
            folder = os.path.join(self.folder, pixel)
            self.run_program("simulate", "-o", folder, "--shape", "61", "70", "--distance", "0.03",
                             "--rotations", "5", "--translations", "7", "--type", pixel, "--threads", "1")
            with h5py.File(os.path.join(folder, "scan.h5")) as f:
                frames = f["/1.1/measurement/detector"]
                self.assertEqual(frames.shape, (35, 61, 70))
                self.assertEqual(frames.dtype, np.dtype(dtype))
                mean = frames[()].astype(float).mean(axis=(1, 2))
            self.run_program("reconstruct", os.path.join(folder, "scan.h5"), "--dataset", "/1.1/measurement/detector",
                             "--rotation", "/1.1/measurement/rot", "--translation", "/1.1/measurement/dty",
                             "--poni", os.path.join(folder, "geometry.poni"), "--axis", "0", "--bins", "50",
                             "--dummy", "none", "-o", os.path.join(folder, "out.h5"))
            with h5py.File(os.path.join(folder, "out.h5")) as f:
                np.testing.assert_allclose(f["/entry/frames/raw_sum"][()] / (61 * 70), mean, rtol=1e-12)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=1)
