"""How scripts/compare and scripts/scaling explain themselves, and fail.

usage: messages_test.py ROOT XRDCT
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT, XRDCT = sys.argv[1:]
del sys.argv[1:]


class Messages(unittest.TestCase):
    def run_script(self, *words, **environment):
        return subprocess.run([os.path.join(ROOT, "scripts", words[0]), *words[1:]], capture_output=True, text=True,
                              timeout=60, env={**os.environ, **environment})

    def expect(self, code, said, *words, **environment):
        done = self.run_script(*words, **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(said, done.stdout if code == 0 else done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def test_help(self):
        self.expect(0, "scripts/compare frames", "compare", "--help")
        self.expect(0, "--quick", "compare", "frames", "--help")
        self.expect(0, "FILE.json", "compare", "document", "--help")
        said = self.expect(0, "--ranks-per-node", "scaling", "--help").stdout
        self.assertIn("exchange · S/N · (1 − 1/R)", said)

    def test_wrong_usage(self):
        self.expect(2, "scripts/compare frames", "compare")
        self.expect(2, "scripts/compare frames", "compare", "everything")
        self.expect(2, "'u64' is no kind of frames", "compare", "frames", "--kinds", "u64", "--xrdct", XRDCT)
        self.expect(2, "--bins must be 1 or more", "compare", "frames", "--bins", "0", "--xrdct", XRDCT)
        self.expect(2, "no program at /nowhere/xrdct", "compare", "frames", "--xrdct", "/nowhere/xrdct")
        self.expect(2, "no program at /nowhere/xrdct", "scaling", "--xrdct", "/nowhere/xrdct")
        self.expect(2, "'1,a' is no list of numbers", "scaling", "--ranks-per-node", "1,a", "--xrdct", XRDCT)
        self.expect(2, "no folder absent for --json", "scaling", "--json", "absent/a.json", "--xrdct", XRDCT)
        self.expect(2, "no folder absent for --json", "compare", "frames", "--json", "absent/a.json", "--xrdct", XRDCT)
        self.expect(2, "--rounds must be 1 or more", "scaling", "--rounds", "0", "--xrdct", XRDCT)

    def test_bad_files(self):
        with tempfile.TemporaryDirectory() as folder:
            other = os.path.join(folder, "other.json")
            with open(other, "w") as file:
                json.dump([1, 2], file)
            self.expect(2, "is not what scripts/compare frames --json writes", "compare", "document", other)
            with open(os.path.join(folder, "found.json"), "w") as file:
                json.dump({"kinds": {}}, file)
            self.expect(2, "is not what scripts/scaling --json writes", "compare", "document", file.name, "--scaling", other)
            self.expect(2, "cannot be read", "compare", "document", os.path.join(folder, "absent.json"))
            self.expect(1, "is not what scripts/scaling --json writes", "scaling", "--from", other)
            self.expect(1, "cannot be read", "scaling", "--input", other, "--xrdct", XRDCT, SLURM_JOB_ID="")

    def test_a_program_that_fails_is_quoted(self):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "xrdct")
            with open(program, "w") as file:
                file.write("#!/bin/sh\n[ \"$1\" = --version ] && exit 0\necho 'xrdct: error: the disk is full' >&2\nexit 1\n")
            os.chmod(program, 0o755)
            for words in (["compare", "frames", "--quick"], ["scaling"]):
                self.expect(1, "the disk is full", *words, "--xrdct", program, "--folder", folder)
            self.assertEqual(os.listdir(folder), ["xrdct"])  # nothing is left behind


unittest.main()
