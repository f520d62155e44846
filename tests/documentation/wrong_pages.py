"""Pages that are wrong in one way each are found to be.

usage: wrong_pages.py XRDCT
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import pages
import scratch

XRDCT = os.path.abspath(sys.argv.pop(1))
COMMANDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "commands.py")


class WrongPages(unittest.TestCase):
    def check(self, text, code, *says, files=()):
        with tempfile.TemporaryDirectory(prefix="xrdct-pages-") as folder:
            root = pathlib.Path(folder)
            (root / "README.md").write_text(text)
            for name, content in files:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content)
            done = subprocess.run([sys.executable, COMMANDS, XRDCT, folder], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        for what in says:
            self.assertIn(what, done.stdout)

    def test_right_ones_are_right(self):
        self.check("# A page\n\n    xrdct inspect scan.h5    # looks\n    xrdct reconstruct scan.h5 ... \\\n"
                   "        --bins 20 -o tomogram.h5\n\nand `xrdct plot --channels 3 4`, a [link](docs/other.md).\n\n"
                   "```python\nimport h5py\nprint(list(h5py.File('tomogram.h5')))\n```\n\n"
                   "<!-- not run: there is\n     no cluster -->\n\n    sbatch slurm/reconstruct.sbatch scan.h5 --bins 3\n", 0,
                   "3 commands run, 1 not run, 0 wrong", "README.md:17: there is no cluster: sbatch",
                   files=[("docs/other.md", "    kernels/   no command\n")])

    def test_commands_that_fail(self):
        self.check("    xrdct inspect absent.h5\n", 1, "README.md:1: exit code 3: xrdct inspect absent.h5",
                   "'absent.h5' does not exist")
        self.check("\n```sh\npython3 -c 'import nothing_of_the_kind'\n```\n", 1, "README.md:3: exit code 1")
        self.check("```python\nraise SystemExit(4)\n```\n", 1, "exit code 4")

    def test_options_that_are_gone(self):
        ran = "    xrdct --version\n\n"
        self.check("    xrdct inspect scan.h5 --gone 3\n", 1, "there is no --gone")
        self.check(ran + "It takes `--gone`.\n", 1, "README.md:3: there is no --gone: `--gone`")
        self.check(ran + "It takes `xrdct backproject\n--bins 3`.\n", 1, "there is no --bins: `xrdct backproject --bins 3`")
        self.check("<!-- not run: reason -->\n\n    sbatch slurm/reconstruct.sbatch scan.h5 --gone\n" + ran, 1,
                   "there is no --gone")
        self.check(ran + "Run `scripts/absent`.\n", 1, "scripts/absent")

    def test_links_that_lead_nowhere(self):
        self.check("    xrdct --version\n\nSee [there](docs/absent.md).\n", 1, "a link to docs/absent.md")

    def test_numbers_that_are_not_explained(self):
        self.check("    xrdct --version\n", 1, "says nothing of --bins of reconstruct", "says nothing of --size of backproject",
                   files=[("docs/numbers.md", "`--polarization` and `--filter`\n")])

    def test_pages_without_any_command(self):
        self.check("# Nothing\n", 1, "0 commands run")

    def test_blocks(self):
        for text, wrong in (("```sh\nxrdct\n", "does not end"), ("<!-- not run: x -->\n\nText.\n", "before no block"),
                            ("<!-- not run: x -->\n\n    a  b\n", "no command")):
            with self.assertRaisesRegex(ValueError, wrong):
                pages.read_page("p", text)
        page = pages.read_page("p", "1. item\n    goes on\n\n    xrdct a \\\n      b\n\n    # c\n    xrdct d\n\n- `--x\n  y` z\n")
        self.assertEqual([list(b.commands()) for b in page.blocks], [[(4, "xrdct a   b"), (8, "xrdct d")]])
        self.assertEqual(page.spans, [(10, "--x y")])


if __name__ == "__main__":
    if not h5py.h5z.filter_avail(scratch.BITSHUFFLE):
        print("skipped: h5py has no bitshuffle filter here (Debian: bitshuffle)")
        sys.exit(77)
    unittest.main()
