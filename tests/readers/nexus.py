"""Results say what NeXus wants to know: beam, source, detector, sample, monitor; with units, in its base classes. Where
nxcheck (nexusformat), punx or nxxrdct are installed, these read the results, too.

usage: nexus.py XRDCT
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

import small_scan

XRDCT = sys.argv[1]
TILTED = {"Rot1": 0.1, "Rot2": -0.2, "Rot3": 0.3}


def say_more(folder):
    """What a beamline may say besides, and a tilted detector."""
    small_scan.write(folder)
    with h5py.File(os.path.join(folder, "scan.h5"), "a") as file:
        entry = file["/1.1"]
        entry["instrument/name"] = "a beamline"
        entry["instrument/source/name"] = "a ring"
        entry["instrument/source/type"] = "Synchrotron X-ray Source"
        entry["sample/name"] = "a stone"
        entry["start_time"] = "2024-02-29T12:00:00+01:00"
        entry["measurement/current"] = 1000.0 + np.arange(small_scan.FRAMES)
    poni = os.path.join(folder, "geometry.poni")
    with open(poni) as file:
        text = file.read()
    with open(poni, "w") as file:
        file.write(re.sub(r"(Rot\d): 0", lambda found: f"{found[1]}: {TILTED[found[1]]}", text))


def position(p1, p2):
    """Of a point of the detector in the laboratory: two coordinates across the beam, one along it."""
    (s1, c1), (s2, c2), (s3, c3) = ((np.sin(a), np.cos(a)) for a in TILTED.values())
    p3 = 0.05
    return (p1 * c2 * c3 + p2 * (c3 * s1 * s2 - c1 * s3) - p3 * (c1 * c3 * s2 + s1 * s3),
            p1 * c2 * s3 + p2 * (c1 * c3 + s1 * s2 * s3) - p3 * (c1 * s2 * s3 - c3 * s1),
            p1 * s2 - p2 * c2 * s1 + p3 * c1 * c2)


class Nexus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="xrdct-nexus-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        say_more(cls.folder)
        words = small_scan.arguments(cls.folder)
        words[words.index("none")] = "/1.1/measurement/current"
        run = lambda *line: subprocess.run([XRDCT, *line], check=True, capture_output=True, text=True, timeout=120)
        run(*words)
        cls.result = os.path.join(cls.folder, "out.h5")
        cls.patterns = os.path.join(cls.folder, "patterns.h5")
        words[words.index("reconstruct")] = "integrate"
        del words[words.index("--axis"):words.index("--axis") + 2]
        words[-1] = cls.patterns
        run(*words)
        cls.again = os.path.join(cls.folder, "again.h5")
        run("backproject", cls.patterns, "-o", cls.again)
        cls.sectors = os.path.join(cls.folder, "sectors.h5")
        run(*small_scan.arguments(cls.folder)[:-1], cls.sectors, "--azimuth-bins", "4", "--unit", "2th_deg")
        cls.all = [cls.result, cls.patterns, cls.again, cls.sectors]

    def expect(self, group, name, value, units=None):
        self.assertIn(name, group)
        found = group[name][()]
        if isinstance(value, str):
            self.assertEqual(found.decode(), value)
        else:
            np.testing.assert_allclose(found, value, rtol=1e-12)
        self.assertEqual(group[name].attrs.get("units"), units)

    def check_setup(self, entry):
        self.expect(entry, "start_time", "2024-02-29T12:00:00+01:00")
        instrument = entry["instrument"]
        self.expect(instrument, "name", "a beamline")
        self.expect(instrument, "source/name", "a ring")
        self.expect(instrument, "source/type", "Synchrotron X-ray Source")
        self.expect(instrument, "source/probe", "x-ray")
        # h c / e in keV nm, by the definition of the SI
        energy = 6.62607015e-34 * 299792458 / 1.602176634e-19 / 3e-11 / 1000
        self.expect(instrument, "beam/incident_energy", energy, "keV")
        self.expect(entry, "beam/incident_energy", energy, "keV")
        self.expect(instrument, "beam/incident_wavelength", 0.3, "angstrom")
        self.expect(entry, "sample/name", "a stone")
        for name, nx_class in (("", "NXinstrument"), ("source", "NXsource"), ("beam", "NXbeam"), ("detector", "NXdetector")):
            self.assertEqual(instrument[name or "."].attrs["NX_class"], nx_class)

    def check_detector(self, detector):
        self.expect(detector, "x_pixel_size", 0.0002, "m")
        self.expect(detector, "y_pixel_size", 0.0002, "m")
        across1, across2, along = position(detector["beam_center_y"][()] * 0.0002 - 0.003,
                                           detector["beam_center_x"][()] * 0.0002 - 0.004)
        self.assertAlmostEqual(across1, 0, 12)
        self.assertAlmostEqual(across2, 0, 12)
        self.expect(detector, "distance", along, "m")
        for name, value, units in (("distance", 0.05, "m"), ("poni1", 0.003, "m"), ("poni2", 0.004, "m"),
                                   ("rot1", 0.1, "rad"), ("rot2", -0.2, "rad"), ("rot3", 0.3, "rad")):
            self.expect(detector["poni"], name, value, units)

    def test_all_commands_say_the_same_of_the_experiment(self):
        for path in self.all:
            with self.subTest(path), h5py.File(path) as file:
                self.check_setup(file["entry"])
                self.check_detector(file["/entry/instrument/detector"])

    def test_the_sample_moves_as_the_frames_say(self):
        with h5py.File(self.result) as file:
            sample, frames = file["/entry/sample"], file["/entry/frames"]
            self.expect(sample, "rotation_angle", frames["rotation"][()], "deg")
            self.expect(sample, "x_translation", frames["translation"][()], "mm")
            self.expect(sample, "rotation_angles", np.arange(8) * 22.5, "deg")
            self.expect(sample, "translation_values", file["/entry/sinogram/translation"][()], "mm")
            # Up the chain from the sample to the laboratory.
            at, chain = sample["depends_on"][()].decode(), []
            while at != ".":
                attributes = file[at].attrs
                chain.append((attributes["transformation_type"], list(attributes["vector"]), attributes["units"]))
                at = attributes["depends_on"]
            self.assertEqual(chain, [("rotation", [0, 1, 0], "deg"), ("translation", [1, 0, 0], "mm")])
            self.assertEqual(sample["transformations"].attrs["NX_class"], "NXtransformations")

    def test_the_monitor_and_the_patterns_are_linked(self):
        with h5py.File(self.result) as file:
            control = file["/entry/control"]
            self.assertEqual(control.attrs["NX_class"], "NXmonitor")
            self.expect(control, "data", 1000.0 + np.arange(small_scan.FRAMES), "arbitrary")
            self.expect(control, "nominal", 1000 + (small_scan.FRAMES - 1) / 2, "arbitrary")
            self.assertEqual(file["/entry/instrument/detector/data"], file["/entry/sinogram/intensity"])
        for path, name, units in ((self.result, "q", "1/nm"), (self.sectors, "2theta", "deg")):
            with h5py.File(path) as file:
                axis = file["/entry/instrument/detector/radial_axis"]
                self.assertEqual((axis.attrs["long_name"], axis.attrs["units"]), (name, units))
        with h5py.File(self.again) as file:  # has neither frames nor a sinogram
            self.assertNotIn("data", file["/entry/instrument/detector"])
            self.assertEqual(list(file["/entry/sample"]), ["name"])

    def test_every_name_is_one_of_nexus(self):
        def check(name, item):
            self.assertRegex(name.split("/")[-1], r"^[A-Za-z0-9_]([A-Za-z0-9_.]*[A-Za-z0-9_])?$")
            if isinstance(item, h5py.Group):
                self.assertTrue(item.attrs.get("NX_class", "").startswith("NX"), name)
        for path in self.all:
            with self.subTest(path), h5py.File(path) as file:
                file.visititems(check)

    def run_checker(self, *words):
        if not shutil.which(words[0]):
            self.skipTest(f"{words[0]} is not installed (pip install {'punx' if words[0] == 'punx' else 'nexusformat'})")
        return subprocess.run(words, capture_output=True, text=True, timeout=120).stdout

    def test_nxcheck_finds_no_errors(self):
        for path in self.all:
            said = self.run_checker("nxcheck", path)
            self.assertIn("Total number of errors: 0", said, said)
            # Fields of our own, which NeXus allows, and those of NXxrdct; and the option --instruction-set, which looks
            # like the target value of a number.
            for line in said.splitlines():
                if "38;2;255" in line:
                    self.assertRegex(line, "This field is not defined in NX|The field value is not a valid NX_NUMBER")

    def test_punx_finds_no_errors(self):
        for path in self.all:
            said = self.run_checker("punx", "validate", path)
            self.assertRegex(said, r"ERROR +0 +violates")
            for line in said.splitlines():
                if " WARN " in line and line.startswith("/"):
                    self.assertIn("NXcollection contains non-NeXus content", line)

    def test_nxxrdct_reads_it(self):
        try:
            from nxxrdct import NXxrdct
        except ImportError:
            self.skipTest("the package nxxrdct is not installed (pip install nxxrdct)")
        self.assertEqual(NXxrdct.get_valid_entries(self.result), ("/entry",))
        read = NXxrdct().load(self.result, "/entry")
        self.assertAlmostEqual(read.beam.incident_energy.to("keV").magnitude, 41.3280661, 6)
        self.assertEqual(read.sample.rotation_angles.to("degree").magnitude.tolist(), (np.arange(8) * 22.5).tolist())
        self.assertEqual(read.instrument.detector.data.shape, (8, 9, 30))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=1)
