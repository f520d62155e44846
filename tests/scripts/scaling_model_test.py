"""The fitted model on made data, and its least squares against the conditions that a minimum fulfils."""
import itertools
import random
import unittest

import scaling_model as model
import scaling_report as report

KNOWN = {"start": 0.8, "spread": 0.05, "compute": 1.6e-3, "read": 3e-11, "exchange": 2e-10, "project": 4e-10, "open": 0.1,
         "write": 8e-9, "share": 1.5e-9}


def made_run(nodes, ranks, frames, series="strong", noise=None):
    run = {"series": series, "nodes": nodes, "ranks": ranks, "cores": ranks, "threads": 1, "frames": frames,
           "translations": 50, "channels": 1000, "compressed": 1.9e6 * frames, "sinogram": 16e3 * frames,
           "written": 8e3 * frames + 2e7}
    stages = {
        "setup": KNOWN["start"] + KNOWN["spread"] * (ranks.bit_length() - 1),
        "reduce": KNOWN["compute"] * frames / ranks + KNOWN["read"] * 1.9e6 * frames / nodes
        + KNOWN["exchange"] * 16e3 * frames / nodes * (ranks - 1) / ranks,
        "tomogram": KNOWN["project"] * frames * 50 * 1000 / ranks,
        "write": KNOWN["open"] + (KNOWN["write"] / nodes + KNOWN["share"]) * (8e3 * frames + 2e7),
    }
    if noise:
        stages = {name: seconds * noise.uniform(0.98, 1.02) for name, seconds in stages.items()}
    return {**run, "seconds": sum(stages.values()), "stages": stages}


def study(noise=None):
    return [made_run(nodes, nodes * each, frames, noise=noise)
            for nodes, each, frames in itertools.product((1, 2, 4), (1, 2, 8), (20000, 100000))]


def gradient(columns, values, x):
    rest = [v - sum(a * column[k] for a, column in zip(x, columns)) for k, v in enumerate(values)]
    return [sum(c * r for c, r in zip(column, rest)) for column in columns]


class LeastSquares(unittest.TestCase):
    def test_fulfils_the_conditions_of_a_minimum(self):
        draw = random.Random(5)
        zeros = 0
        for _ in range(300):
            columns = [[draw.gauss(0, 1) for _ in range(7)] for _ in range(draw.randint(1, 3))]
            values = [draw.gauss(0, 1) for _ in range(7)]
            x = model.non_negative_least_squares(columns, values)
            for value, slope in zip(x, gradient(columns, values, x)):
                self.assertGreaterEqual(value, 0)
                # No descent: flat where the coefficient is free, downhill only into the forbidden side where it is zero.
                self.assertLess(slope if value == 0 else abs(slope), 1e-9)
                zeros += value == 0
        self.assertGreater(zeros, 100)  # both kinds occur

    def test_takes_columns_of_very_different_sizes(self):
        columns = [[1, 1, 1, 1], [1e11, 3e11, 2e11, 7e11]]
        values = [2 + 5e-12 * a for a in columns[1]]
        x = model.non_negative_least_squares(columns, values)
        self.assertAlmostEqual(x[0], 2, places=9)
        self.assertAlmostEqual(x[1] / 5e-12, 1, places=9)

    def test_columns_that_do_not_differ_share_nothing_and_fit(self):
        columns = [[1, 2, 3], [2, 4, 6], [0, 0, 0]]
        self.assertEqual(model.non_negative_least_squares(columns, [3, 6, 9]), [3, 0, 0])


class Model(unittest.TestCase):
    def test_recovers_known_coefficients(self):
        found = model.fit(study())
        self.assertEqual(set(found), set(KNOWN))
        for name, value in KNOWN.items():
            self.assertAlmostEqual(found[name] / value, 1, places=6, msg=name)

    def test_predicts_what_it_has_not_seen_in_spite_of_noise(self):
        runs = study(random.Random(3))
        found, others = model.fit(runs), model.refits(runs, 60)
        for nodes in (1, 16, 1000):
            run = made_run(nodes, 8 * nodes, 10**6)
            truth = model.total(run["stages"])
            self.assertAlmostEqual(model.total(model.predict(found, run)) / truth, 1, delta=0.05)
            low, high = model.interval(others, run)
            self.assertLess(low, high)
            self.assertTrue(0.93 * truth < low and high < 1.07 * truth, (nodes, low, truth, high))
        self.assertLess(model.relative_residual(found, runs), 0.02)

    def test_the_same_runs_give_the_same_uncertainty(self):
        runs = study(random.Random(3))
        self.assertEqual(model.refits(runs, 5), model.refits(runs, 5))


class Report(unittest.TestCase):
    def test_prediction_is_that_of_the_known_coefficients(self):
        runs = study()
        rows = report.prediction_rows(runs, KNOWN, [KNOWN], 1000, 10**6)
        strong = {row["nodes"]: row for row in rows if row["series"] == "strong"}
        weak = {row["nodes"]: row for row in rows if row["series"] == "weak"}
        self.assertEqual(list(strong), [1, 10, 100, 1000])
        self.assertEqual([weak[n]["frames"] for n in weak], [1e3, 1e4, 1e5, 1e6])
        for row in strong.values():
            self.assertEqual(row["cores"], 8 * row["nodes"])
            expected = KNOWN["compute"] * 1e6 / (8 * row["nodes"]) + KNOWN["read"] * 1.9e12 / row["nodes"]
            expected += KNOWN["exchange"] * 16e9 / row["nodes"] * (1 - 1 / (8 * row["nodes"]))
            self.assertAlmostEqual(row["stages"]["reduce"] / expected, 1, places=9)
            self.assertEqual((row["low"], row["high"]), (row["seconds"], row["seconds"]))
        self.assertAlmostEqual(strong[1000]["efficiency"], strong[1]["seconds"] / strong[1000]["seconds"] / 1000)
        self.assertAlmostEqual(weak[1000]["efficiency"], weak[1]["seconds"] / weak[1000]["seconds"])

    def test_efficiency_of_perfect_and_of_no_scaling(self):
        def run(cores, frames, seconds):
            stages = {"setup": 0, "reduce": seconds, "tomogram": 0, "write": 0}
            return {**made_run(1, cores, frames), "stages": stages}

        first = run(1, 100, 8.0)
        self.assertEqual(report.efficiency(run(4, 100, 2.0), first, "strong"), 1)
        self.assertEqual(report.efficiency(run(4, 100, 8.0), first, "strong"), 0.25)
        self.assertEqual(report.efficiency(run(4, 400, 8.0), first, "weak"), 1)
        self.assertEqual(report.efficiency(run(4, 400, 16.0), first, "weak"), 0.5)

    def test_tables_show_medians_and_say_what_they_rest_on(self):
        runs = [made_run(1, 2, 100, "weak"), made_run(1, 2, 100, "weak"), made_run(1, 2, 100, "weak"), made_run(1, 1, 50, "weak")]
        runs[1]["stages"] = {**runs[1]["stages"], "reduce": 99.0}
        merged = report.median_runs(runs, "weak")
        self.assertEqual([run["cores"] for run in merged], [1, 2])
        self.assertEqual(merged[1]["stages"]["reduce"], runs[0]["stages"]["reduce"])
        self.assertEqual(report.median_runs(runs, "strong"), [])
        text = report.prediction_text(report.prediction_rows(runs, KNOWN, [KNOWN], 1000, 10**6), [1])
        self.assertIn("extrapolated from one node", text)
        self.assertIn("cannot be told", text)


unittest.main()
