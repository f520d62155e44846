"""Which targets made measurements meet, line by line, and what the document says of them."""
import unittest
import unittest.mock

import document
import figures
import machine
import plots
import tomograms

KINDS = {"u32": "4M u32", "u16": "4M u16", "i32": "2M i32", "bright": "4M u32, bright"}


def measured(**rates):
    """The same rate three times, between two that a median does not see."""
    return {name.replace("_of_one", ", 1 thread").replace("_AVX2", ", AVX2"): [rate / 9, rate, rate, rate, 9 * rate]
            for name, rate in rates.items()}


def made(**others):
    rates = {
        "u32": measured(reduce=900, lz4=1200, whole=750, loop_csr=5, loop_histogram=8, pool_csr=4, bitshuffle=200,
                        memory=1000, reduce_of_one=460, lz4_of_one=610, reduce_AVX2=500),
        "u16": measured(reduce=1000, lz4=1700, whole=900),
        "i32": measured(reduce=1800, lz4=1700, whole=1500),
        "bright": measured(reduce=700, lz4=1100, whole=600),
    }
    found = {
        "machine": {"processor": "a processor", "cores": 2}, "version": "xrdct 9", "quick": False, "rounds": 5,
        "threads": 2, "bins": 1000, "skipped": {},
        "kinds": {kind: {"label": label, "pixels": 4485690, "bytes": 1.9e6, "ratio": 9.5, "frames": 4000,
                         "rates": rates[kind]} for kind, label in KINDS.items()},
        "ranks": {"seconds": 31.2, "frames": 30000, "rates": {"2": [900, 1000, 1100], "15": [880, 860, 100]}},
        "memory": [{"threads": 1, "frames": 1000, "peak": 316e6, "slab": 16e6},
                   {"threads": 16, "frames": 4000, "peak": 564e6, "slab": 64e6}],
    }
    return {**found, **others}


def line(found, what):
    lines = [line for line in figures.target_lines(found) if line.what.startswith(what)]
    assert len(lines) == 1, (what, lines)
    return lines[0]


class Targets(unittest.TestCase):
    def expect(self, found, what, measured, met):
        one = line(found, what)
        self.assertEqual((one.measured, one.met), (measured, met), what)

    def test_every_line(self):
        found = made()
        self.expect(found, "4M u32: file to sinogram, × pyFAI's loop by its fastest", "112", True)  # 900 / 8
        self.expect(found, "4M u32: file to sinogram, × pyFAI's loop by CSR", "180", True)
        self.expect(found, "4M u32: file to sinogram, of LZ4", "0.75", True)
        self.expect(found, "4M u16: file to sinogram, of LZ4", "0.59", True)
        self.expect(found, "2M i32: file to sinogram, of LZ4", "1.06", True)
        self.expect(found, "4M u32: bright", "1.29", True)
        self.expect(found, "4M u32: AVX2", "1.80", True)
        self.expect(found, "4M u32: file to result file", "0.83", True)
        self.expect(found, "4M u16: file to result file", "0.90", True)
        self.expect(found, "2M i32: file to result file", "0.83", True)
        self.expect(found, "4M u32: 2 threads on as many cores over 1 on one", "0.99", True)  # (900/460) / (1200/610)
        self.expect(found, "4M u32: reduce stage of 15 ranks over 31 s", "0.86", True)
        self.expect(found, "4M u32: memory beyond the sinogram, 1 thread,", "300 MB", True)
        self.expect(found, "4M u32: memory beyond the sinogram, 16 threads,", "500 MB", False)
        self.assertEqual(len(figures.target_lines(found)), 14)

    def test_targets_and_goals_are_those_that_were_set(self):
        stated = {one.what.split(" (")[0]: (one.target, one.goal) for one in figures.target_lines(made())}
        self.assertEqual(stated["4M u32: file to sinogram, of LZ4 alone"], ("≥ 0.6", "1"))
        self.assertEqual(stated["4M u16: file to sinogram, of LZ4 alone"], ("≥ 0.5", "0.8"))
        self.assertEqual(stated["2M i32: file to sinogram, of LZ4 alone"], ("≥ 0.7", "1.1"))
        self.assertEqual(stated["4M u32: file to sinogram, × pyFAI's loop by its fastest method"], ("≥ 100", "200"))
        self.assertEqual(stated["4M u32: memory beyond the sinogram, 1 thread, 1000 frames"], ("≤ 400 MB", ""))

    def test_a_little_less_is_not_met(self):
        found = made()
        found["kinds"]["u32"]["rates"]["reduce"] = [719]  # 0.599 of LZ4 alone, which a table shows as 0.60
        one = line(found, "4M u32: file to sinogram, of LZ4")
        self.assertEqual((one.measured, one.met, figures.verdict(one)), ("0.60", False, "no"))
        found["kinds"]["bright"]["rates"]["reduce"] = [719 / 1.51]
        self.assertFalse(line(found, "4M u32: bright").met)

    def test_what_is_missing_is_skipped_and_told(self):
        found = made(skipped={"loop_csr": "no pyFAI", "ranks": "no mpirun"}, ranks={}, memory=[])
        for name in ("loop_csr", "loop_histogram", "pool_csr"):
            del found["kinds"]["u32"]["rates"][name]
        del found["kinds"]["u16"]
        for what in ("4M u32: file to sinogram, × pyFAI's loop by its", "4M u16: file to sinogram", "4M u32: reduce stage",
                     "memory"):
            one = line(found, what)
            self.assertIsNone(one.met)
            self.assertEqual(figures.verdict(one), "skipped")
        self.assertIn("no loop_csr", line(found, "4M u32: file to sinogram, × pyFAI's loop by its").measured)
        self.assertIn("no mpirun", document.text(found))
        self.assertEqual(len(figures.targets_text(found).splitlines()), 1 + len(figures.target_lines(found)))


class Document(unittest.TestCase):
    def test_rates_stand_beside_their_share_of_lz4(self):
        rows = {row[0]: row[1:] for row in figures.rate_rows(made())}
        self.assertEqual(rows["LZ4 alone"][0], "1200 (1.00)")
        self.assertEqual(rows["pyFAI, loop (histogram)"], ["8.0 (0.007)", "", "", ""])
        self.assertEqual(rows["xrdct, file to sinogram, 1 thread on one core"][0], "460 (0.75)")  # of LZ4 on one thread too
        self.assertNotIn("pyFAI, direct chunks in threads (histogram)", rows)

    def test_the_page_has_every_line_and_the_machine(self):
        found = made(sweeps={
            "frames": [{"frames": 500, "seconds": 2.0, "reduce_seconds": 1.0, "peak": 3e8}],
            "pixels": [{"pixels": 1000000, "memory": 100.0, "lz4": 250.0, "loop": None}],
            "bins": [{"bins": 300, "memory": 100.0, "lz4": 260.0, "loop": 5.25}],
            "threads": [{"threads": 2, "memory": 110.0, "lz4": 250.0}]})
        page = document.text(found)
        for one in figures.target_lines(found):
            self.assertIn(f"| {one.what} | {one.measured} |", page)
        self.assertIn("xrdct 9 on a processor, 2 cores, 2 threads; medians of 5 rounds", page)
        self.assertIn("| 1,000,000 | 100 | 250 |\n", page)
        self.assertIn("| 2 | 110 | 250 |\n", page)
        self.assertIn("| 300 | 100 | 260 | 5.2 |\n", page)
        self.assertIn("| 500 | 1.00 | 2.00 | 300 |", page)
        self.assertNotIn("## Skipped", page)
        self.assertIn("\nIt rained.\n", document.text({**found, "note": "It rained."}))
        self.assertNotIn("{", page)

    def test_tomograms_are_compared_round_by_round(self):
        found = {"machine": {"processor": "a processor", "cores": 2}, "version": "xrdct 9", "threads": 2, "rounds": 3,
                 "shape": [300, 301, 2048], "absent": {"skimage": "not available: no such module"},
                 "seconds": {"xrdct": [1.0, 2.0, 4.0], "errors": [3.0, 3.0, 3.0], "silx": [59.0, 180.0, 360.0],
                             "gridrec": [3.9, 4.0, 16.0]}}
        rows = {row[0]: row[1:] for row in tomograms.rows(found)}
        self.assertEqual(rows["xrdct"], ["2", "1, 2, 4", "1", "", "", ""])
        self.assertEqual(rows["silx on OpenCL, in a loop"], ["180", "59, 180, 360", "90", "≥ 60", "90", "goal"])
        self.assertEqual(rows["gridrec, a process a core"][-4:], ["3.9", "≥ 4", "5", "no"])
        self.assertEqual(rows["scikit-image, a process a core"][0], "not available: no such module")
        page = document.text(made(tomograms=found))
        self.assertIn("2,048 channels, 300 rotations of 301 translations", page)
        self.assertIn("| gridrec, a process a core | 4 | 3.9, 4, 16 | 3.9 | ≥ 4 | 5 | no |", page)

    def test_other_machines_have_a_section(self):
        self.assertNotIn("## On other machines", document.text(made()))
        other = {**made(), "machine": {"processor": "another", "instructions": "AVX2", "cores": 4}, "note": "It snowed.",
                 "rounds": 6}
        page = document.text(made(others=[other]))
        section = page[page.index("## On other machines"):]
        self.assertIn("xrdct 9 on another with AVX2, 4 cores, 2 threads; medians of 6 rounds. It snowed.\n", section)
        for one in figures.target_lines(other):
            self.assertIn(f"| {one.what} | {one.measured} |", section)

    def test_a_machine_says_its_widest_instructions_where_they_are_known(self):
        self.assertEqual(machine.text({"processor": "a processor", "cores": 2}), "a processor, 2 cores")
        self.assertEqual(machine.text({"processor": "a processor", "instructions": "", "cores": 2}),
                         "a processor, 2 cores")
        here = machine.describe()
        self.assertIn(here["instructions"], ["", *machine.INSTRUCTIONS])
        self.assertGreater(here["cores"], 0)

    def test_a_plot_may_be_named_without_a_folder(self):
        figure = unittest.mock.Mock()
        plots.save(unittest.mock.Mock(), figure, "plot.svg")
        figure.savefig.assert_called_once_with("plot.svg", metadata=unittest.mock.ANY)


unittest.main()
