"""What xrdct simulates, seen by other programs: h5py with the genuine bitshuffle filter, fabio, pyFAI.

usage: peers.py XRDCT
"""
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

logging.disable(logging.WARNING)
try:
    import fabio
    import pyFAI
    import pyFAI.calibrant
except ImportError:
    print("skipped: no pyFAI here (Debian: python3-pyfai)")
    sys.exit(77)

XRDCT = sys.argv[1]
BITSHUFFLE = h5py.h5z.filter_avail(32008)
FRAMES = 60  # looked at


class Scan:
    """A simulated scan and its truth."""

    def __init__(self, folder):
        self.truth = h5py.File(os.path.join(folder, "truth.h5"), "r")
        self.file = h5py.File(os.path.join(folder, "scan.h5"), "r")
        self.frames = self.file["/1.1/measurement/detector"]
        self.shape = self.frames.shape[1:]
        self.geometry = pyFAI.load(os.path.join(folder, "geometry.poni"))
        self.good = fabio.open(os.path.join(folder, "mask.edf")).data == 0
        names = [name.decode() for name in self.truth["phase_names"][()]]
        self.patterns = np.array([self.truth["phases"][name]["pattern"][()] for name in names])

    def expected(self, chosen):
        """The sum of frames, by pyFAI's geometry."""
        beam = self.truth["frames/beam"][()][chosen]
        weights = self.truth["frames/weights"][()][chosen] * beam[:, None]
        pattern = self.truth["air/pattern"][()] * beam.sum() + weights.sum(axis=0) @ self.patterns
        two_theta = np.degrees(self.geometry.twoThetaArray(self.shape))
        image = np.interp(two_theta, self.truth["two_theta"][()], pattern)
        polarization = self.truth["polarization"][()]
        return (image * self.geometry.solidAngleArray(self.shape)
                * self.geometry.polarization(self.shape, factor=polarization)), pattern


class Peers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xrdct-peers-")
        self.addCleanup(shutil.rmtree, self.folder)

    def simulate(self, *options):
        done = subprocess.run([XRDCT, "simulate", "-o", self.folder, "--log-level", "error", *options],
                              capture_output=True, text=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        return Scan(self.folder)

    def check_counts(self, scan):
        """The sum of some frames against what pyFAI's geometry and the truth expect of every pixel."""
        chosen = np.sort(np.random.default_rng(5).choice(len(scan.frames), min(FRAMES, len(scan.frames)), False))
        image = np.zeros(scan.shape)
        for k in chosen:
            image += np.where(scan.good, scan.frames[k].astype(float), 0)
        expected, pattern = scan.expected(chosen)
        deviation = ((image - expected) / np.sqrt(expected))[scan.good]
        pixels = deviation.size
        self.assertLess(abs(deviation.mean()) * np.sqrt(pixels), 4.5)
        self.assertLess(abs(deviation.std() - 1), 4.5 * np.sqrt((2 + 1 / expected[scan.good].min()) / pixels) + 1e-3)
        return image, expected, pattern

    @unittest.skipUnless(BITSHUFFLE, "no bitshuffle filter for HDF5 here (Debian: bitshuffle)")
    def test_the_genuine_filter_decodes_what_was_counted(self):
        scan = self.simulate("--rotations", "20", "--translations", "15", "--tilt", "0.1", "-0.15", "0.2")
        self.assertEqual(scan.frames.chunks, (1, 256, 256))
        self.assertEqual(scan.frames._filters, {"32008": (0, 3, 4, 0, 2)})
        image, expected, _ = self.check_counts(scan)
        # pyFAI integrates the counts to the pattern that the truth gives for the same pixels.
        how = {"unit": "2th_deg", "mask": ~scan.good, "polarization_factor": scan.truth["polarization"][()],
               "method": ("bbox", "csr", "cython")}
        counted = scan.geometry.integrate1d_ng(image, 500, error_model="poisson", **how)
        known = scan.geometry.integrate1d_ng(expected, 500, **how)
        seen = counted.sigma > 0
        deviation = ((counted.intensity - known.intensity) / counted.sigma)[seen]
        self.assertLess(np.abs(deviation).max(), 5)
        self.assertLess(abs(deviation.std() - 1), 0.15)

    @unittest.skipUnless(BITSHUFFLE, "no bitshuffle filter for HDF5 here (Debian: bitshuffle)")
    def test_a_detector_with_gaps_in_linked_files(self):
        scan = self.simulate("--detector", "Pilatus 300k", "--distance", "0.2", "--rotations", "5", "--translations", "7",
                             "--type", "i32", "--frames-per-file", "10", "--decay", "0.3", "--dead-pixels", "40")
        self.assertTrue(scan.frames.is_virtual)
        self.assertEqual(len(scan.frames.virtual_sources()), 4)
        self.check_counts(scan)
        gaps = pyFAI.detector_factory("Pilatus 300k").mask != 0
        frame = scan.frames[34]
        np.testing.assert_array_equal(frame == -1, gaps)
        self.assertEqual((frame == -2).sum(), 40)
        np.testing.assert_array_equal(scan.good, frame >= 0)
        np.testing.assert_array_equal(np.flatnonzero(frame.ravel() == -2), scan.truth["dead_pixels"][()])

    def test_lines_are_where_calibrants_have_them(self):
        scan = self.simulate("--rotations", "1", "--translations", "3", "--phases", "CeO2,Si,Al2O3,LaB6",
                             "--distance", "0.08")
        # Corundum's cell differs by that much between samples, and below 1.39 the list has a line that its glide plane
        # extinguishes (027); the others are standards of the same cell.
        for name, calibrant, tolerance, shortest in (("CeO2", "CeO2", 5e-5, 1), ("Si", "Si", 5e-5, 1),
                                                     ("LaB6", "LaB6", 5e-5, 1), ("Al2O3", "alpha_Al2O3", 6e-4, 1.39)):
            spacings = scan.truth["phases"][name]["lines/d"][()]
            known = np.array(pyFAI.calibrant.get_calibrant(calibrant).dSpacing)
            known = known[known > shortest]
            self.assertGreater(len(known), 4)
            for d in known:
                self.assertLess(np.abs(spacings / d - 1).min(), tolerance, f"{name}: {d}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
