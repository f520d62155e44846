"""Seconds of a job on a number of nodes, ranks and cores: a linear model with coefficients that are not negative.

With nodes N, ranks R, cores in use C, frames F, translations a line T, channels K, compressed bytes D, bytes of the
sinogram that ranks exchange S, and bytes of the result file W, the stages of `xrdct reconstruct` take

    setup    = start + spread · log2 R                               spread: what rank 0 knows goes to all, in a tree
    reduce   = compute · F/C  +  read · D/N  +  exchange · S/N · (1 − 1/R)
    tomogram = project · F·T·K/C                                     with putting the sinogram together
    write    = open  +  write · W/N  +  share · W                    share: what the file system has for all nodes together

in seconds: start, spread and open in s, compute in core-seconds a frame, read, exchange, write and share in s a byte, project in
core-seconds a term of the back-projection. Reading and exchanging overlap with computing: their terms are what of them
is not hidden. Squares of relative residuals are minimized, with all coefficients ≥ 0. Plain Python.
"""

import math
import random

# Below this a stage's seconds are noise, and weigh as this.
LEAST = 0.05

TERMS = {
    "setup": {
        "start": lambda run: 1,
        "spread": lambda run: math.log2(run["ranks"]),
    },
    "reduce": {
        "compute": lambda run: run["frames"] / run["cores"],
        "read": lambda run: run["compressed"] / run["nodes"],
        "exchange": lambda run: run["sinogram"] / run["nodes"] * (1 - 1 / run["ranks"]),
    },
    "tomogram": {
        "project": lambda run: run["frames"] * run["translations"] * run["channels"] / run["cores"],
    },
    "write": {
        "open": lambda run: 1,
        "write": lambda run: run["written"] / run["nodes"],
        "share": lambda run: run["written"],
    },
}
UNITS = {"start": "s", "spread": "s a doubling", "compute": "core s/frame", "read": "s/B", "exchange": "s/B",
         "project": "core s/term", "open": "s", "write": "s/B", "share": "s/B"}


def solve(matrix, right):
    """Gaussian elimination with pivoting; None for a singular matrix."""
    n = len(right)
    rows = [list(row) + [value] for row, value in zip(matrix, right)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda j: abs(rows[j][i]))
        if abs(rows[pivot][i]) <= 1e-12:  # of columns scaled to length 1
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for j in range(i + 1, n):
            factor = rows[j][i] / rows[i][i]
            for k in range(i, n + 1):
                rows[j][k] -= factor * rows[i][k]
    found = [0.0] * n
    for i in reversed(range(n)):
        found[i] = (rows[i][n] - sum(rows[i][k] * found[k] for k in range(i + 1, n))) / rows[i][i]
    return found


def least_squares(columns, values, chosen):
    """Coefficients of the chosen columns that fit best, whatever their sign; None where they do not differ."""
    normal = [[sum(a * b for a, b in zip(columns[i], columns[j])) for j in chosen] for i in chosen]
    return solve(normal, [sum(a * v for a, v in zip(columns[i], values)) for i in chosen])


def non_negative_least_squares(columns, values):
    """x ≥ 0 that minimizes |Σ x_i columns_i − values|². With so few columns all choices of those that are not zero are
    tried: the best one whose coefficients are all positive is the minimum. Ties go to fewer and earlier columns."""
    lengths = [math.sqrt(sum(a * a for a in column)) for column in columns]
    scaled = [[a / length for a in column] if length > 0 else column for column, length in zip(columns, lengths)]
    usable = [i for i, length in enumerate(lengths) if length > 0]
    squares = sum(v * v for v in values)
    best, least = [0.0] * len(columns), squares
    subsets = [[i for bit, i in enumerate(usable) if number >> bit & 1] for number in range(1, 1 << len(usable))]
    for chosen in sorted(subsets, key=lambda subset: (len(subset), subset)):
        found = least_squares(scaled, values, chosen)
        if found is None or min(found) < 0:
            continue
        error = sum((v - sum(x * scaled[i][k] for x, i in zip(found, chosen))) ** 2 for k, v in enumerate(values))
        if error < least - 1e-12 * squares:
            least = error
            best = [0.0] * len(columns)
            for x, i in zip(found, chosen):
                best[i] = x / lengths[i]
    return best


def fit(runs):
    """{term: coefficient} of runs, each with its numbers and {"stages": {stage: seconds}}."""
    found = {}
    for stage, terms in TERMS.items():
        weights = [1 / max(run["stages"][stage], LEAST) for run in runs]
        columns = [[weight * term(run) for run, weight in zip(runs, weights)] for term in terms.values()]
        values = [weight * run["stages"][stage] for run, weight in zip(runs, weights)]
        found.update(zip(terms, non_negative_least_squares(columns, values)))
    return found


def predict(coefficients, run):
    """Seconds of every stage."""
    return {stage: sum(coefficients[name] * term(run) for name, term in terms.items()) for stage, terms in TERMS.items()}


def total(stages):
    return sum(stages[stage] for stage in TERMS)


def refits(runs, count=200, seed=1):
    """Coefficients of fits to runs drawn with repetition: their spread is the uncertainty of the fit."""
    draw = random.Random(seed)
    return [fit([draw.choice(runs) for _ in runs]) for _ in range(count)]


def interval(others, run):
    """From the 16th to the 84th percentile of the seconds in all."""
    seconds = sorted(total(predict(coefficients, run)) for coefficients in others)
    last = len(seconds) - 1
    return seconds[round(0.16 * last)], seconds[round(0.84 * last)]


def relative_residual(coefficients, runs):
    """Root mean square of (model − measured) / measured, of the seconds in all."""
    squares = [(total(predict(coefficients, run)) / total(run["stages"]) - 1) ** 2 for run in runs]
    return math.sqrt(sum(squares) / len(squares))
