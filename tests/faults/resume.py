"""Ends reconstructions in many ways, resumes them, and compares what comes out with a run that nobody disturbed.

What is compared is every array of the result, to the bit, but for how the run was made. Kills are placed by failpoints
(lib/xrdct/base/failpoint.hpp), each of which says when it was hit.

usage: resume.py XRDCT MPIEXEC [KILLS]
    KILLS   kills at each of the five places (default 2)
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy as np

import small_scan

XRDCT, MPIEXEC = sys.argv[1], sys.argv[2]
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 2
SECONDS = 120
PLACES = ("reduce", "checkpoint", "exchange", "solve", "rename")
ALGORITHMS = ("sirt", "cgls", "mlem", "osem", "tv")
ITERATIONS = 9
KILLED = {-signal.SIGKILL, 128 + signal.SIGKILL}
# Everything is kept at once.
EAGER = ["--batch", "1", "--checkpoint", "1e-6", "--resume"]


def without_threads(arguments):
    at = arguments.index("--threads")
    return arguments[:at] + arguments[at + 2:]


def environment(failpoint=None):
    kept = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_mpi_yield_when_idle="1")
    kept.pop("XRDCT_FAILPOINT", None)
    if failpoint:
        kept["XRDCT_FAILPOINT"] = failpoint
    return kept


def content(path):
    with open(path, "rb") as f:
        return f.read()


def command(arguments, ranks):
    return ([MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks else []) + [XRDCT] + arguments


def run(arguments, ranks=0, failpoint=None):
    done = subprocess.run(command(arguments, ranks), capture_output=True, text=True, timeout=SECONDS,
                          env=environment(failpoint))
    return done.returncode, done.stderr


def arrays(path):
    """Name to shape, type and bytes of everything but /entry/process; what is linked, under every name."""
    found = {}

    def take(group, above):
        for key, item in group.items():
            name = above + key
            if name == "entry/process":
                continue
            if isinstance(item, h5py.Group):
                take(item, name + "/")
            else:
                value = item[()]
                found[name] = (item.shape, str(item.dtype),
                               value if item.dtype == object else np.asarray(value).tobytes())

    with h5py.File(path) as f:
        take(f, "")
    return found


class Resumed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scan = tempfile.mkdtemp(prefix="xrdct-resume-")
        cls.addClassCleanup(shutil.rmtree, cls.scan)
        small_scan.write(cls.scan)
        cls.wanted = {}
        for name, arguments in [("one", cls.one()), ("two", cls.two())] + [(a, cls.iterated(a)) for a in ALGORITHMS]:
            path = os.path.join(cls.scan, name + ".h5")
            code, stderr = run(arguments + ["-o", path])
            assert code == 0, stderr
            cls.wanted[name] = arrays(path)

    @classmethod
    def one(cls):
        return without_threads(small_scan.arguments(cls.scan)[:-2])

    @classmethod
    def iterated(cls, algorithm):
        """Of three slabs of channels; no more iterations than asked for, whatever is reached."""
        words = cls.one()
        words[words.index("--bins") + 1] = "150"
        return words + ["--algorithm", algorithm, "--iterations", str(ITERATIONS), "--tolerance", "0"]

    @staticmethod
    def with_schedule(words):
        return words if "--schedule" in words else words + ["--schedule", "dynamic"]

    @classmethod
    def two(cls):
        """The same scan as two detectors, which are added up."""
        arguments = cls.one()
        return arguments[:2] + arguments[1:2] + ["--poni", os.path.join(cls.scan, "geometry.poni")] + arguments[2:]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xrdct-resume-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = os.path.join(self.folder, "out.h5")

    def job(self, more=(), of=None, threads=1):
        return (of or self.one()) + ["-o", self.out, "--threads", str(threads)] + list(more)

    def expect_result(self, wanted="one"):
        got = arrays(self.out)
        self.assertEqual(sorted(got), sorted(self.wanted[wanted]))
        for name, value in got.items():
            if value[1] == "object":
                self.assertTrue(np.array_equal(value[2], self.wanted[wanted][name][2]), name)
            else:
                self.assertEqual(value, self.wanted[wanted][name], name)
        self.assertEqual(os.listdir(self.folder), ["out.h5"])

    def attempts(self):
        with h5py.File(self.out) as f:
            group = f["/entry/process/attempts"]
            return {name: group[name][()].tolist() for name in group}

    def shards(self):
        folder = self.out + ".checkpoint"
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]

    # --- kills -----------------------------------------------------------------------------------------------------

    def kill_and_resume(self, place, draw):
        """One attempt or more is killed at a place that is drawn, then the job is resumed with other ranks."""
        ranks = draw.choice([0, 2, 3])
        rank = draw.randrange(max(ranks, 1))
        count = draw.randrange(1, 17) if place in ("reduce", "checkpoint") else 1
        name, of = ("two", self.two()) if draw.random() < 0.25 else ("one", self.one())
        if place == "rename":
            rank = 0
        if place == "solve":  # between iterations of a block of channels; of two, where there are fewer ranks than slabs
            name = draw.choice(ALGORITHMS)
            of = self.iterated(name)
            count = draw.randrange(1, ITERATIONS)
        point = "%s@%d:%d:kill" % (place, rank, count)
        schedule = ["--schedule", "dynamic"]
        if draw.random() < 0.3 and place != "solve":
            # Handed out, a rank has any number of frames: the first it has is reduced, the first record is written.
            # Rank 0 is slow, or it would have done all before others asked for anything.
            of, count, point = of + schedule, 1, "%s@%d:1:kill,reduce@0:2:slow" % (place, rank)
        job = self.job(EAGER, of)
        code, stderr = run(job, ranks, point)
        self.assertIn("failpoint %s is hit on rank %d: kill" % (place, rank), stderr)
        self.assertIn(code, KILLED, stderr)
        self.assertFalse(os.path.exists(self.out))
        again = draw.choice([0, 1, 2, 3])
        if schedule[0] in of or draw.random() < 0.3:
            of = of[:of.index(schedule[0])] if draw.random() < 0.5 and schedule[0] in of else self.with_schedule(of)
        code, stderr = run(self.job(EAGER, of, 2), again)
        self.assertEqual(code, 0, "%s %s with %d ranks, then %d:\n%s" % (name, point, ranks, again, stderr))
        self.expect_result(name)
        record = self.attempts()
        # Every frame was reduced once more than it had been kept.
        if len(record["reduced"]) > 1 and name != "two":
            self.assertEqual(record["reduced"][-1], small_scan.FRAMES - record["kept"][0], record)
        if place == "solve" and count > 1:
            self.assertIn("iterations go on", stderr)
        os.remove(self.out)

    def test_kills(self):
        hits = 0
        draw = random.Random(20)
        for place in PLACES:
            for _ in range(KILLS):
                with self.subTest(place=place):
                    self.kill_and_resume(place, draw)
                    hits += 1
        print("%d of %d kills were resumed to the same bytes" % (hits, KILLS * len(PLACES)))

    def test_killed_again_and_again(self):
        """Every attempt adds a few frames; none of those that are kept is reduced again."""
        for attempt in range(4):
            code, stderr = run(self.job(EAGER), attempt % 3, "checkpoint@0:12:kill")
            self.assertIn(code, KILLED, stderr)
        code, stderr = run(self.job(EAGER))
        self.assertEqual(code, 0, stderr)
        record = self.attempts()
        self.assertEqual(record["number"], list(range(1, 6)))
        kept = sum(record["kept"])
        self.assertGreaterEqual(kept, 4 * 3)
        self.assertEqual(record["reduced"][-1] + kept, small_scan.FRAMES)
        self.expect_result()

    def test_killed_between_name_and_removal(self):
        code, stderr = run(self.job(EAGER), 0, "remove:1:kill")
        self.assertIn(code, KILLED, stderr)
        self.assertTrue(os.path.exists(self.out) and os.path.exists(self.out + ".checkpoint"))
        changed = os.stat(self.out).st_mtime_ns
        code, stderr = run(self.job(EAGER), 2)
        self.assertEqual(code, 0, stderr)
        self.assertIn("is there already", stderr)
        self.assertEqual(os.stat(self.out).st_mtime_ns, changed)
        self.expect_result()

    # --- signals ---------------------------------------------------------------------------------------------------

    def test_signals(self):
        """One rank gets one; all end with 75, and nothing is reduced twice."""
        for name, ranks, rank in (("usr2", 0, 0), ("term", 3, 1), ("int", 2, 0), ("usr2", 3, 2)):
            with self.subTest(signal=name, ranks=ranks):
                # The default interval: nothing would be kept by then.
                job = self.job(["--batch", "1", "--resume"])
                code, stderr = run(job, ranks, "reduce@%d:6:%s" % (rank, name))
                self.assertEqual(code, 75, stderr)
                self.assertIn("stopped by SIG" + name.upper(), stderr)
                self.assertEqual(stderr.count("xrdct: warning: stopped"), 1, stderr)
                self.assertEqual(os.listdir(self.folder), ["out.h5.checkpoint"])
                code, stderr = run(job, 2)
                self.assertEqual(code, 0, stderr)
                record = self.attempts()
                self.assertEqual(sum(record["reduced"]), small_scan.FRAMES, record)
                self.assertEqual(record["kept"][0], record["reduced"][0])
                self.assertLess(record["reduced"][1], small_scan.FRAMES)
                self.expect_result()
                os.remove(self.out)

    def test_no_thread_is_left_that_writes(self):
        """The system refuses it: what is done is kept all the same, by the rank itself."""
        for point, ranks in (("reduce@0:6:usr2", 0), ("reduce@1:6:usr2", 2)):
            with self.subTest(ranks=ranks):
                job = self.job(EAGER)
                refused = ",".join("thread:%d:throw" % n for n in range(1, 20))
                code, stderr = run(job, ranks, refused + "," + point)
                self.assertEqual(code, 75, stderr)
                self.assertIn("failpoint thread is hit", stderr)
                code, stderr = run(job)
                self.assertEqual(code, 0, stderr)
                record = self.attempts()
                self.assertEqual(sum(record["reduced"]), small_scan.FRAMES, record)
                self.assertGreater(record["reduced"][0], 0)
                self.expect_result()
                os.remove(self.out)

    def test_signal_while_solving(self):
        """The rank that gets none is told; what was reduced is not done again, if it was kept."""
        for more, reduced in ((EAGER, 0), (["--resume"], small_scan.FRAMES)):
            with self.subTest(options=more):
                code, stderr = run(self.job(more), 2, "solve@1:1:usr2")
                self.assertEqual(code, 75, stderr)
                self.assertFalse(os.path.exists(self.out + ".unfinished"))
                code, stderr = run(self.job(more), 3)
                self.assertEqual(code, 0, stderr)
                self.assertEqual(self.attempts()["reduced"][-1], reduced)
                self.expect_result()
                os.remove(self.out)

    def test_signal_while_iterating(self):
        """Wherever it comes, all end with 75, and no iteration of any channel is done twice."""
        draw = random.Random(8)
        for name, ranks, again in (("sirt", 0, 0), ("tv", 3, 3), ("osem", 2, 3), ("cgls", 3, 0)):
            with self.subTest(algorithm=name, ranks=ranks, again=again):
                job = self.job(["--resume"], self.iterated(name))  # the default interval: nothing is kept by then
                rank = draw.randrange(max(1, ranks))
                count = draw.randrange(2, ITERATIONS - 1)
                code, stderr = run(job, ranks, "solve@%d:%d:usr2" % (rank, count))
                self.assertEqual(code, 75, stderr)
                self.assertIn("its iterations are kept", stderr)
                self.assertTrue(all(n.endswith(".state") for n in self.shards()))
                # As many pauses are left for that rank's channels as it had not made.
                left = ITERATIONS - count
                points = ",".join("solve@%d:%d:none" % (rank, n) for n in (left, left + 1))
                code, stderr = run(job, again, points if ranks == again else None)
                self.assertEqual(code, 0, stderr)
                self.assertIn("iterations go on", stderr)
                if ranks == again:
                    self.assertEqual(stderr.count("failpoint solve is hit"), 1, stderr)
                self.expect_result(name)
                os.remove(self.out)

    def test_rank_that_fails_while_others_iterate(self):
        """None waits for it for ever: all end, with what went wrong."""
        few = without_threads(small_scan.arguments(self.scan)[:-2])  # fewer channels than a slab has: ranks share it
        few += ["--algorithm", "sirt", "--iterations", "3000", "--tolerance", "0", "--compression", "none"]
        many = few[:]
        many[many.index("--bins") + 1] = "150"
        # The last: 3000 iterations of the other rank would take ten minutes.
        for words, point in ((few, "predict@1:1:throw"), (few, "predict@0:1:throw"), (few, "share@1:1:throw"),
                             (many, "solve@1:2:throw,solve@0:1:slow")):
            with self.subTest(point=point):
                code, stderr = run(self.job([], words), 2, point)  # subprocess.TimeoutExpired where somebody waits
                self.assertNotIn(code, (0, 75), stderr)
                name = point[:point.index("@")]
                self.assertIn("failpoint %s is hit" % name, stderr)
                errors = [line for line in stderr.splitlines() if line.startswith("xrdct:") and "error:" in line]
                self.assertEqual(len(errors), 1, stderr)
                self.assertIn(name, errors[0])
                self.assertFalse(os.path.exists(self.out))

    def test_iterations_of_a_sinogram_go_on(self):
        """xrdct backproject, killed and stopped: as an undisturbed one."""
        words = ["backproject", os.path.join(self.scan, "sirt.h5"), "--axis", "0", "--algorithm", "tv", "--iterations",
                 str(ITERATIONS), "--threads", "1"]
        alone = os.path.join(self.folder, "alone.h5")
        self.assertEqual(run(words + ["-o", alone])[0], 0)
        words += ["-o", self.out, "--checkpoint", "1e-6", "--resume"]
        code, stderr = run(words, 3, "solve@2:4:kill")
        self.assertIn(code, KILLED, stderr)
        code, stderr = run(words, 3, "solve@2:2:usr2")
        self.assertEqual(code, 75, stderr)
        code, stderr = run(words[:-1], 3)
        self.assertEqual(code, 2, stderr)
        other = ["--iterations", "10"]
        code, stderr = run(words[:words.index("--iterations")] + other + words[words.index("--threads"):], 3)
        self.assertEqual(code, 3, stderr)
        self.assertIn("--iterations is 10, but was 9", stderr)
        code, stderr = run(words, 2)
        self.assertEqual(code, 0, stderr)
        self.assertIn("iterations go on", stderr)
        self.assertEqual(arrays(self.out), arrays(alone))
        self.assertEqual(sorted(os.listdir(self.folder)), ["alone.h5", "out.h5"])

    def test_frames_are_handed_out(self):
        """To a slow rank fewer; stopped and gone on with either way, the bytes are the same, and no frame is done twice."""
        slow = "reduce@1:1:slow"
        for name, of in (("one", self.one()), ("two", self.two())):
            words = ["--batch", "1", "--resume", "--schedule", "dynamic"]
            code, stderr = run(self.job(words, of), 3, slow)
            self.assertEqual(code, 0, stderr)
            self.assertRegex(stderr, "slowest rank 1 on ")
            with h5py.File(self.out) as f:
                frames = f["/entry/process/by_rank/frames"][()]
            self.assertEqual(frames.sum(), small_scan.FRAMES * (2 if name == "two" else 1))
            self.assertLess(frames[1] * 4, frames.sum())
            self.expect_result(name)
            os.remove(self.out)
        for point, ranks, more, again in (("reduce@2:3:usr2,reduce@0:1:slow", 3, words, 2), ("reduce@0:9:term", 2, words[:3], 3),
                                          ("reduce@1:2:usr2,reduce@0:1:slow", 2, words, 0)):
            code, stderr = run(self.job(words), ranks, point)
            self.assertEqual(code, 75, stderr)
            code, stderr = run(self.job(more), again)
            self.assertEqual(code, 0, stderr)
            record = self.attempts()
            self.assertEqual(sum(record["reduced"]), small_scan.FRAMES, record)
            self.assertEqual(record["kept"][0], record["reduced"][0])
            self.expect_result()
            os.remove(self.out)
        code, stderr = run(self.job(words), 3, "reduce@1:2:throw,reduce@0:1:slow")
        self.assertEqual(code, 1, stderr)
        self.assertIn("the failpoint reduce is hit", stderr)

    def test_every_rank_has_the_same_code(self):
        script = '"$@"; echo $? >"%s/code.$OMPI_COMM_WORLD_RANK"' % self.folder
        done = subprocess.run([MPIEXEC, "--oversubscribe", "-n", "3", "bash", "-c", script, "bash", XRDCT]
                              + self.job(["--batch", "1"]), capture_output=True, text=True, timeout=SECONDS,
                              env=environment("reduce@2:3:usr2"))
        codes = [content(os.path.join(self.folder, "code.%d" % rank)).strip() for rank in range(3)]
        self.assertEqual(codes, [b"75"] * 3, done.stderr)

    def test_a_failure_goes_before_a_stop(self):
        code, stderr = run(self.job(["--batch", "1"]), 3, "reduce@0:1:usr2,reduce@2:1:throw")
        self.assertEqual(code, 1, stderr)
        self.assertIn("the failpoint reduce is hit", stderr)

    def test_without_checkpoint(self):
        code, stderr = run(self.job(["--batch", "1", "--checkpoint", "none"]), 0, "reduce:3:term")
        self.assertEqual(code, 1, stderr)
        self.assertIn("nothing of it is kept", stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_second_interrupt_ends_at_once(self):
        code, stderr = run(self.job(["--batch", "1"]), 0, "reduce:3:int,reduce:3:int")
        self.assertEqual(code, -signal.SIGINT, stderr)

    # --- what is refused -------------------------------------------------------------------------------------------

    def leave_some(self, ranks=0, more=()):
        code, stderr = run(self.job(["--batch", "1"] + list(more)), ranks, "reduce@0:9:usr2")
        self.assertEqual(code, 75, stderr)

    def test_no_word_of_resuming(self):
        self.leave_some()
        code, stderr = run(self.job())
        self.assertEqual(code, 2, stderr)
        self.assertIn("--resume", stderr)
        code, stderr = run(self.job(["--overwrite"]))
        self.assertEqual(code, 0, stderr)
        self.assertEqual(self.attempts()["reduced"], [small_scan.FRAMES])
        self.expect_result()

    def test_changed_options_are_named(self):
        self.leave_some()
        code, stderr = run(self.job(["--resume", "--polarization", "0.9"]))
        self.assertEqual(code, 3, stderr)
        self.assertIn("--polarization is 0.9, but was off", stderr)
        other = self.job(["--resume"])
        other[other.index("--bins") + 1] = "31"
        code, stderr = run(other, 2)
        self.assertEqual(code, 3, stderr)
        self.assertIn("--bins is 31, but was 30", stderr)
        self.assertTrue(self.shards())

    def test_changed_inputs_are_named(self):
        copy = os.path.join(self.folder, "scan")
        shutil.copytree(self.scan, copy)
        job = small_scan.arguments(copy)[:-2] + ["-o", self.out, "--batch", "1", "--resume"]
        code, stderr = run(job, 0, "reduce:9:usr2")
        self.assertEqual(code, 75, stderr)
        mask = os.path.join(copy, "mask.npy")
        np.save(mask, np.eye(small_scan.ROWS, small_scan.COLUMNS).astype(np.uint8))
        code, stderr = run(job)
        self.assertEqual(code, 3, stderr)
        self.assertIn("the mask has changed", stderr)
        np.save(mask, np.zeros((small_scan.ROWS, small_scan.COLUMNS), np.uint8))
        os.utime(os.path.join(copy, "scan.h5"))
        code, stderr = run(job)
        self.assertEqual(code, 3, stderr)
        self.assertIn("scan.h5 has changed", stderr)

    # --- spoiled shards --------------------------------------------------------------------------------------------

    def resume_and_expect(self, ranks=0):
        code, stderr = run(self.job(["--resume"]), ranks)
        self.assertEqual(code, 0, stderr)
        self.expect_result()
        return stderr, self.attempts()

    def test_torn_record(self):
        self.leave_some(2)
        shard = self.shards()[0]
        os.truncate(shard, os.path.getsize(shard) - 100)  # its mark, and a part of its last frame
        stderr, record = self.resume_and_expect(2)
        self.assertIn("was not finished", stderr)
        self.assertEqual(record["reduced"][-1] + record["kept"][0], small_scan.FRAMES)

    def test_corrupt_shards(self):
        """A byte is altered anywhere: it is told, and the result is the same."""
        draw = random.Random(5)
        for _ in range(4 * KILLS):
            self.leave_some(2)
            shard = draw.choice(self.shards())
            place = draw.randrange(os.path.getsize(shard))
            with open(shard, "r+b") as f:
                f.seek(place)
                byte = f.read(1)[0]
                f.seek(place)
                f.write(bytes([byte ^ (1 << draw.randrange(8))]))
            stderr, record = self.resume_and_expect(draw.choice([0, 2, 3]))
            self.assertIn("is corrupt", stderr)
            self.assertEqual(record["reduced"][-1] + record["kept"][0], small_scan.FRAMES)
            os.remove(self.out)

    def test_corrupt_states(self):
        """A byte of a state is altered, or its end is missing: it is told, and the channels it held begin anew."""
        draw = random.Random(9)
        for how in ("altered", "torn", "gone") * KILLS:
            job = self.job(["--resume"], self.iterated("cgls"))
            code, stderr = run(job, 2, "solve@1:5:usr2")
            self.assertEqual(code, 75, stderr)
            shard = draw.choice(self.shards())
            size = os.path.getsize(shard)
            if how == "gone":
                os.remove(shard)
            elif how == "torn":
                os.truncate(shard, draw.randrange(size))
            else:
                with open(shard, "r+b") as f:
                    place = draw.randrange(size)
                    f.seek(place)
                    byte = f.read(1)[0]
                    f.seek(place)
                    f.write(bytes([byte ^ (1 << draw.randrange(8))]))
            code, stderr = run(job, draw.choice([0, 2]))
            self.assertEqual(code, 0, stderr)
            if how == "altered":
                self.assertIn("is corrupt", stderr)
            self.expect_result("cgls")
            os.remove(self.out)

    def test_rubbish_for_shards(self):
        draw = random.Random(6)
        self.leave_some()
        good = self.shards()[0]
        whole = content(good)
        rubbish = [b"", b"x", draw.randbytes(5000), whole[:48], whole[48:], whole[::-1], whole * 2,
                   whole[:24] + b"\xff" * 8 + whole[32:]]
        for text in rubbish:
            if not os.path.isdir(self.out + ".checkpoint"):
                os.mkdir(self.out + ".checkpoint")
            with open(good, "wb") as f:
                f.write(text)
            self.resume_and_expect(draw.choice([0, 2]))
            os.remove(self.out)
        os.mkdir(self.out + ".checkpoint")
        os.mkdir(good)
        code, stderr = run(self.job(["--resume"]))
        self.assertEqual(code, 0, stderr)
        self.assertIn("no regular file", stderr)

    # --- others ----------------------------------------------------------------------------------------------------

    def test_short_runs_leave_nothing_behind(self):
        code, stderr = run(self.job(["--batch", "1"]), 2, "reduce@1:9:kill")
        self.assertIn(code, KILLED, stderr)
        self.assertFalse(os.path.exists(self.out + ".checkpoint"))

    def test_another_backend(self):
        self.leave_some()
        code, stderr = run(self.job(["--resume", "--backend", "reference"]))
        self.assertEqual(code, 0, stderr)
        for name in ("entry/sinogram/intensity", "entry/tomogram/intensity"):
            got = np.frombuffer(arrays(self.out)[name][2], np.float32)
            wanted = np.frombuffer(self.wanted["one"][name][2], np.float32)
            self.assertLess(np.abs(got - wanted).max(), 1e-6 * np.abs(wanted).max(), name)

    def test_checkpoint_that_cannot_be_written(self):
        """A file is where its folder would be: the run says so and goes on; a stop cannot be told as one."""
        with open(self.out + ".checkpoint", "w"):
            pass
        code, stderr = run(self.job(["--batch", "1", "--checkpoint", "1e-6"]), 2)
        self.assertEqual(code, 0, stderr)
        self.assertIn("nothing is kept", stderr)
        os.remove(self.out)
        code, stderr = run(self.job(["--batch", "1"]), 2, "reduce@1:9:usr2")
        self.assertEqual(code, 1, stderr)
        self.assertIn("out.h5.checkpoint", stderr)

    def test_full_disk(self):
        """The checkpoint takes what is left of it: the run fails as one with a full disk does, and is resumed when there
        is room."""
        mounted = os.path.join(self.folder, "disk")
        os.mkdir(mounted)
        mount = ["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", mounted]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("a small disk needs root")
        try:
            out = os.path.join(mounted, "out.h5")
            job = self.one() + ["-o", out] + EAGER
            code, stderr = run(job, 2)
            self.assertEqual(code, 1, stderr)
            self.assertIn("No space left", stderr)
            subprocess.run(["mount", "-o", "remount,size=4m", mounted], check=True)
            code, stderr = run(job, 2)
            self.assertEqual(code, 0, stderr)
            shutil.copy(out, self.out)
            self.assertEqual(os.listdir(mounted), ["out.h5"])
        finally:
            subprocess.run(["umount", mounted], check=True)
        os.rmdir(mounted)
        self.expect_result()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1)
