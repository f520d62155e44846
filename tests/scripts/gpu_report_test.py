"""What gpu_report.py makes of a check that ran in part, and of one that ran whole."""

import pathlib
import tempfile
import unittest

import gpu_report


class GpuReport(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def keep(self, name, text, code=0):
        folder = pathlib.Path(self.folder.name)
        (folder / name).write_text(text)
        if name != "name":
            (folder / (name + ".code")).write_text(f"{code}\n")

    def report(self):
        return gpu_report.report(self.folder.name)

    def test_nothing_is_estimated(self):
        with self.assertRaises(SystemExit):
            self.report()
        self.keep("name", "device\tMade up 9000\ncompute capability\t9.0\n")
        text = self.report()
        self.assertIn("Made up 9000", text)
        self.assertIn("| `compute-sanitizer` | not run |", text)
        for line in text.splitlines():
            if line.startswith("| ") and "---" not in line and "| what |" not in line:
                self.assertRegex(line, "not measured|not run")

    def test_failures_are_shown_and_their_numbers_are_not(self):
        self.keep("name", "device\tMade up 9000\n")
        self.keep("rates.bus", "bytes/s to the device\t1e10\n", code=1)
        self.keep("test.gpu", "", code=8)
        self.keep("sanitize.racecheck.rejection", "", code=99)
        text = self.report()
        self.assertIn("| pinned memory to the device | not measured |", text)
        self.assertIn("**failed** (exit code 8)", text)
        self.assertIn("racecheck` over the `cuda` tests of rejection | **failed** (exit code 99)", text)

    def test_numbers(self):
        self.keep("name", "device\tMade up 9000\n")
        self.keep("rates.bus", "bytes/s to the device\t5e+10\nbytes/s from the device\t4e10\n")
        self.keep("rates.frames", "distinct frames\t2048\ncompressed by\t9.31\nframes/s\t12000\nbytes/s of frames\t2.5e10\nbad frames\t0\n")
        for name in ("1", "7", "32", "again"):
            self.keep(f"rates.digest.{name}", "digest\t00ff\n")
        self.keep("rates.digest.fifteen", "digest\t00ff\n" * 15)
        self.keep("rates.alone", "frames/s of one\t1000\n")
        self.keep("rates.fifteen", "frames/s of one\t60\n" * 15)
        self.keep("rates.alone.mps", "frames/s of one\t1000\n")
        self.keep("rates.fifteen.mps", "frames/s of one\t60\n" * 14)  # one of them failed
        self.keep("rates.tomogram", "seconds to back-project\t0.0321\n")
        text = self.report()
        self.assertIn("| pinned memory to the device | 50.0 GB/s |", text)
        self.assertIn("2048 distinct ones compressed by 9.3", text)
        self.assertIn("12000 frames/s", text)
        self.assertIn("what the bus carries | 0.50 |", text)
        self.assertIn("by 15 processes at once | yes |", text)
        self.assertIn("15 processes together without MPS | 900 frames/s, of one alone 0.90 |", text)
        self.assertIn("15 processes together under MPS | not measured, of one alone not measured |", text)
        self.assertIn("to back-project | 32.1 ms |", text)
        self.keep("rates.digest.7", "digest\t00fe\n")
        self.assertIn("by 15 processes at once | **no** |", self.report())
        self.keep("rates.digest.7", "digest\t00ff\n")
        self.keep("rates.digest.fifteen", "digest\t00ff\n" * 14 + "digest\tff00\n")
        self.assertIn("by 15 processes at once | **no** |", self.report())
        self.keep("rates.digest.fifteen", "digest\t00ff\n" * 14)
        self.assertIn("by 15 processes at once | not measured |", self.report())


if __name__ == "__main__":
    unittest.main()
