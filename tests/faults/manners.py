"""What ranks ask of the file system, and what they do when it fails them in the middle of their work: by strace, which
counts calls and makes them fail.

usage: manners.py XRDCT MPIEXEC
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import small_scan

XRDCT, MPIEXEC = sys.argv[1], sys.argv[2]
SECONDS = 120
RANKS = 3


def why_not():
    if shutil.which("strace") is None:
        return "there is no strace here"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True)
    return None if tried.returncode == 0 else "processes cannot be traced here: " + tried.stderr.strip()[-200:]


def environment(**more):
    return dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_mpi_yield_when_idle="1", **more)


class Manners(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xrdct-manners-")
        self.addCleanup(shutil.rmtree, self.folder)
        small_scan.write(self.folder)
        self.arguments = small_scan.arguments(self.folder) + ["--batch", "1"]

    def run_traced(self, strace, ranks=RANKS, arguments=None, **variables):
        """Each rank under strace with these words; returns exit codes, standard error, and each rank's trace."""
        script = ('strace --seccomp-bpf -f -o "%s/trace.$OMPI_COMM_WORLD_RANK" %s -- "$@"; echo $? >"%s/code.$OMPI_COMM_WORLD_RANK"'
                  % (self.folder, strace, self.folder))
        done = subprocess.run([MPIEXEC, "--oversubscribe", "-n", str(ranks), "bash", "-c", script, "bash", XRDCT]
                              + (arguments or self.arguments), capture_output=True, text=True, timeout=SECONDS,
                              env=environment(**variables))
        def text(name):
            with open(os.path.join(self.folder, name)) as f:
                return f.read()
        return ([int(text("code.%d" % r)) for r in range(ranks)], done.stderr,
                [text("trace.%d" % r) for r in range(ranks)])

    # --- how often ---------------------------------------------------------------------------------------------------

    def test_metadata_is_read_once(self):
        """Rank 0 alone looks at geometry and mask; of the scan, every other rank opens the file once, for its frames, and
        nothing is asked for every frame."""
        codes, stderr, traces = self.run_traced("-e trace=open,openat,stat,lstat,newfstatat,statx,access,faccessat,faccessat2")
        self.assertEqual(codes, [0] * RANKS, stderr)
        def calls(rank, name):
            return [line for line in traces[rank].splitlines() if os.path.join(self.folder, name) in line]
        for name in ("geometry.poni", "mask.npy"):
            self.assertTrue(calls(0, name))
            for rank in range(1, RANKS):
                self.assertEqual(calls(rank, name), [])
        for rank in range(1, RANKS):
            mine = calls(rank, "scan.h5")
            self.assertEqual(sum("open" in line for line in mine), 1, mine)
            self.assertLessEqual(len(mine), 8, mine)
        # Rank 0 opens it for its structure, frames, positions and monitor, and for what it says of the experiment; an
        # opening takes up to six calls.
        openings = sum("open" in line for line in calls(0, "scan.h5"))
        self.assertLessEqual(openings, 8)
        self.assertLessEqual(len(calls(0, "scan.h5")), 6 * openings)

    # --- failing -----------------------------------------------------------------------------------------------------

    def expect_one_error(self, codes, stderr, code, words):
        self.assertEqual(codes, [code] * len(codes), stderr)
        lines = [line for line in stderr.splitlines() if line.startswith("xrdct: error:")]
        self.assertEqual(len(lines), 1, stderr)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out.h5")))
        self.assertEqual([n for n in os.listdir(self.folder) if n.endswith(".unfinished")], [])

    def test_input_that_cannot_be_read_any_more(self):
        """An error of the disk, at a rank's tenth read of a frame and all that follow."""
        scan = os.path.join(self.folder, "scan.h5")
        _, _, traces = self.run_traced("-P %s -e trace=pread64,read" % scan)
        reads = [line for line in traces[1].splitlines() if re.search(r"pread64\(", line)]
        before = len(reads) - small_scan.FRAMES // RANKS
        self.assertGreaterEqual(before, 0)
        os.remove(os.path.join(self.folder, "out.h5"))
        # Rank 0 reads more before its frames: it is through with them by then.
        codes, stderr, traces = self.run_traced(
            '$([ $OMPI_COMM_WORLD_RANK = 1 ] && echo "-P %s -e inject=pread64:error=EIO:when=%d+")' % (scan, before + 10))
        self.assertIn("EIO", traces[1])
        self.expect_one_error(codes, stderr, 3, ["scan.h5", "frame", "unreadable"])

    def test_output_that_cannot_be_written_any_more(self):
        """An error of the disk, or no room, at the writes of one rank or of all."""
        unfinished = os.path.join(self.folder, "out.h5.unfinished")
        for error, words in (("EIO", "nput/output error"), ("ENOSPC", "")):
            codes, stderr, traces = self.run_traced("-P %s -e inject=pwrite64,write,writev,pwritev:error=%s:when=6+"
                                                    % (unfinished, error))
            self.assertTrue(any(error in trace for trace in traces))
            self.expect_one_error(codes, stderr, 1, ["out.h5", words])

    def test_checkpoint_that_cannot_be_written_any_more(self):
        """What was written before is good, the run goes on without, and its result is whole."""
        words = small_scan.arguments(self.folder) + ["--batch", "4", "--checkpoint", "1e-6"]
        codes, stderr, traces = self.run_traced("-e trace=fdatasync -e inject=fdatasync:error=EIO:when=2+", arguments=words,
                                                XRDCT_FAILPOINT="reduce:1:slow")
        self.assertTrue(any("EIO" in trace for trace in traces))
        self.assertEqual(codes, [0] * RANKS, stderr)
        self.assertIn("nothing is kept", stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out.h5.checkpoint")))

    # --- a file that changes under us ----------------------------------------------------------------------------------

    def change_in_the_middle(self, change):
        """`change` is called when some frames are reduced; returns the exit code and standard error."""
        out = os.path.join(self.folder, "log")
        with open(out, "w") as log:
            job = subprocess.Popen([MPIEXEC, "--oversubscribe", "-n", "2", XRDCT] + self.arguments, stdout=log, stderr=log,
                                   env=environment(XRDCT_FAILPOINT="reduce@0:4:slow,reduce@1:1:slow"))
            def text():
                with open(out) as f:
                    return f.read()
            end = time.time() + SECONDS
            while "failpoint reduce is hit on rank 0" not in text():
                self.assertLess(time.time(), end, text())
                time.sleep(0.01)
            change()
            code = job.wait(timeout=SECONDS)
        return code, text()

    def test_file_that_is_cut(self):
        scan = os.path.join(self.folder, "scan.h5")
        code, text = self.change_in_the_middle(lambda: os.truncate(scan, os.path.getsize(scan) // 10))
        self.assertEqual(code, 3, text)
        self.assertRegex(text, "error: .*frame .*scan.h5.*(truncated|unreadable)")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out.h5")))

    def test_file_that_goes_or_grows(self):
        """Who has a file open keeps it: one that is removed, replaced or appended to is read to its end."""
        scan = os.path.join(self.folder, "scan.h5")
        def append():
            with open(scan, "ab") as f:
                f.write(os.urandom(10000))
        for change in (append, lambda: os.remove(scan)):
            code, text = self.change_in_the_middle(change)
            self.assertEqual(code, 0, text)
            os.remove(os.path.join(self.folder, "out.h5"))


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print("skipped: " + reason)
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
