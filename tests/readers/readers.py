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

    def test_sectors_open_too(self):
        """A cake's arrays have the axis of azimuths; its counts are those of NumPy's histogram in two dimensions."""
        small_scan.write(self.folder)
        more = ["--azimuth-bins", "6", "--split", "no", "--unit", "r_mm", "--no-solid-angle"]
        out = os.path.join(self.folder, "out.h5")
        self.run_program(*small_scan.arguments(self.folder), *more)
        with h5py.File(out) as f:
            path, data = follow_default(f)
            self.assertEqual(path, ["entry", "tomogram"])
            self.assertEqual(list(data.attrs["axes"]), ["azimuth", "y", "x", "radius"])
            self.assertEqual(self.check_plottable(data).shape, (6, 9, 9, 30))
            self.assertTrue(np.isfinite(data["intensity"][()]).all())
            group = f["/entry/sinogram"]
            self.assertEqual(list(group.attrs["axes"]), ["azimuth", "rotation_angle", "translation", "radius"])
            self.assertEqual([group.attrs[axis + "_indices"][0] for axis in group.attrs["axes"]], [0, 1, 2, 3])
            self.assertEqual(self.check_plottable(group).shape, (6, 8, 9, 30))
            self.assertEqual(f["/entry/process/options/azimuth_bins"][()], b"6")
            y = ((np.arange(small_scan.ROWS) + 0.5) * 0.2 - 3)[:, None] + np.zeros(small_scan.COLUMNS)
            x = ((np.arange(small_scan.COLUMNS) + 0.5) * 0.2 - 4) + np.zeros((small_scan.ROWS, 1))
            azimuth = np.degrees(np.arctan2(y, x))
            radius = np.hypot(x, y)
            edges = [np.linspace(v.min(), v.max() * (1 + 2.0**-23), n + 1) for v, n in ((azimuth, 6), (radius, 30))]
            np.testing.assert_allclose(group["azimuth"][()], (edges[0][1:] + edges[0][:-1]) / 2, atol=1e-4)
            number = np.histogram2d(azimuth.ravel(), radius.ravel(), edges)[0]
            self.assertEqual(group["count"][()].sum(), small_scan.FRAMES * azimuth.size)
            # Azimuths of pixels on a diagonal lie on edges, where rounding decides.
            self.assertLessEqual(np.abs(group["count"][:, 3, 4] - number).sum(), 0.02 * azimuth.size)

        self.run_program("backproject", out, "--channels", "3", "20", "-o", os.path.join(self.folder, "again.h5"))
        with h5py.File(os.path.join(self.folder, "again.h5")) as again, h5py.File(out) as first:
            self.assertEqual(self.check_plottable(again["/entry/tomogram"]).shape, (6, 9, 9, 17))
            self.assertEqual(again["/entry/tomogram/azimuth"][()].tolist(), first["/entry/tomogram/azimuth"][()].tolist())
        arguments = ["integrate" if a == "reconstruct" else a for a in small_scan.arguments(self.folder)]
        axis = arguments.index("--axis")
        del arguments[axis:axis + 2]
        self.run_program(*arguments, *more, "--overwrite")
        with h5py.File(out) as f:
            patterns = f["/entry/patterns"]
            self.assertEqual(list(patterns.attrs["axes"]), ["frame", "azimuth", "radius"])
            self.assertEqual(self.check_plottable(patterns).shape, (small_scan.FRAMES, 6, 30))
            self.assertEqual(patterns["sum_signal"].shape, (small_scan.FRAMES, 6, 30))

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
