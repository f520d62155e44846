"""What measured rates say: one line for each target, with what was reached. Plain Python."""

import collections
import statistics

MEGABYTE = 1e6

# `met` is None where nothing was measured; `measured` then tells why.
Line = collections.namedtuple("Line", "what measured target goal met")

LOOPS = ("loop_csr", "loop_histogram")
POOLS = ("pool_csr", "pool_histogram")


def median_rate(found, kind, name):
    """Frames a second, None where it was not measured."""
    rates = found["kinds"].get(kind, {}).get("rates", {}).get(name)
    return statistics.median(rates) if rates else None


def fastest(found, kind, names):
    """The fastest of several programs and its rate; (None, None) where none was measured."""
    rates = {name: median_rate(found, kind, name) for name in names}
    rates = {name: rate for name, rate in rates.items() if rate}
    best = max(rates, key=rates.get, default=None)
    return best, rates.get(best)


def ratio(over, under):
    return over / under if over and under else None


def why_not(found, *names):
    """What stands in place of a number: the reasons themselves are listed below the tables."""
    reasons = [name for name in names if name in found["skipped"]]
    return f"no {reasons[0]}: see below" if reasons else "not in this run"


def at_least(what, value, target, goal, skipped, shown="{:.2f}"):
    if value is None:
        return Line(what, skipped, f"≥ {target:g}", f"{goal:g}" if goal else "", None)
    return Line(what, shown.format(value), f"≥ {target:g}", f"{goal:g}" if goal else "", value >= target)


def at_most(what, value, target, skipped, shown="{:.2f}", unit=""):
    if value is None:
        return Line(what, skipped, f"≤ {target:g}{unit}", "", None)
    return Line(what, shown.format(value) + unit, f"≤ {target:g}{unit}", "", value <= target)


def beside_python(found):
    reduce = median_rate(found, "u32", "reduce")
    _, loop = fastest(found, "u32", LOOPS)
    csr = median_rate(found, "u32", "loop_csr")
    skipped = why_not(found, "u32", *LOOPS)
    yield at_least("4M u32: file to sinogram, × pyFAI's loop by its fastest method", ratio(reduce, loop), 100, 200, skipped,
                   "{:.0f}")
    yield at_least("4M u32: file to sinogram, × pyFAI's loop by CSR", ratio(reduce, csr), 100, 200, skipped, "{:.0f}")


def beside_lz4(found):
    for kind, label, target, goal in (("u32", "4M u32", 0.6, 1.0), ("u16", "4M u16", 0.5, 0.8), ("i32", "2M i32", 0.7, 1.1)):
        reduce, lz4 = median_rate(found, kind, "reduce"), median_rate(found, kind, "lz4")
        yield at_least(f"{label}: file to sinogram, of LZ4 alone", ratio(reduce, lz4), target, goal,
                       why_not(found, kind, "lz4"))


def slower(found):
    usual = median_rate(found, "u32", "reduce")
    yield at_most("4M u32: bright frames, times slower", ratio(usual, median_rate(found, "bright", "reduce")), 1.5,
                  why_not(found, "bright"))
    yield at_most("4M u32: AVX2 alone, times slower", ratio(usual, median_rate(found, "u32", "reduce, AVX2")), 2,
                  why_not(found, "AVX2"))


def whole_program(found):
    for kind, label in (("u32", "4M u32"), ("u16", "4M u16"), ("i32", "2M i32")):
        part = ratio(median_rate(found, kind, "whole"), median_rate(found, kind, "reduce"))
        frames = found["kinds"].get(kind, {}).get("frames")
        of = f" ({frames} frames)" if frames else ""
        yield at_least(f"{label}: file to result file{of}, of file to sinogram", part, 0.8, None, why_not(found, kind))


def scaling(found):
    threads = found["threads"]
    ours = ratio(median_rate(found, "u32", "reduce"), median_rate(found, "u32", "reduce, 1 thread"))
    lz4 = ratio(median_rate(found, "u32", "lz4"), median_rate(found, "u32", "lz4, 1 thread"))
    yield at_least(f"4M u32: {threads} threads on as many cores over 1 on one, of the same for LZ4 alone", ratio(ours, lz4), 0.9, None,
                   why_not(found, "threads", "lz4"))
    ranks = found.get("ranks", {})
    medians = {n: statistics.median(rates) for n, rates in ranks.get("rates", {}).items() if rates}
    yield at_least(f"4M u32: reduce stage of 15 ranks over {ranks.get('seconds', 0):.0f} s, of 2 ranks",
                   ratio(medians.get("15"), medians.get("2")), 0.85, None, why_not(found, "ranks"))


def memory(found):
    for run in found["memory"]:
        beyond = (run["peak"] - run["slab"]) / MEGABYTE
        threads = f"{run['threads']} thread" + ("s" if run["threads"] > 1 else "")
        yield at_most(f"4M u32: memory beyond the sinogram, {threads}, {run['frames']} frames", beyond, 400, "",
                      "{:.0f}", " MB")
    if not found["memory"]:
        yield at_most("memory beyond the sinogram", None, 400, why_not(found, "memory"), unit=" MB")


def target_lines(found):
    """All lines, in the order in which they are stated."""
    parts = (beside_python, beside_lz4, slower, whole_program, scaling, memory)
    return [line for part in parts for line in part(found)]


def verdict(line):
    return "skipped" if line.met is None else "yes" if line.met else "no"


def as_columns(rows):
    """Text in columns as wide as their widest cell."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def targets_text(found):
    rows = [("what", "measured", "target", "goal", "met")]
    rows += [(line.what, line.measured, line.target, line.goal, verdict(line)) for line in target_lines(found)]
    return as_columns(rows)


# How programs are called in tables, in their order.
PROGRAMS = {
    "loop_csr": "pyFAI, loop (CSR)",
    "loop_histogram": "pyFAI, loop (histogram)",
    "pool_csr": "pyFAI, direct chunks in threads (CSR)",
    "pool_histogram": "pyFAI, direct chunks in threads (histogram)",
    "bitshuffle": "bitshuffle, decoding alone",
    "lz4": "LZ4 alone",
    "memory": "xrdct, chunks in memory to patterns",
    "reduce": "xrdct, file to sinogram",
    "whole": "xrdct, file to result file",
    "reduce, AVX2": "xrdct, file to sinogram, AVX2 alone",
    "lz4, 1 thread": "LZ4 alone, 1 thread on one core",
    "reduce, 1 thread": "xrdct, file to sinogram, 1 thread on one core",
}


def rate_text(rate):
    return f"{rate:.1f}" if rate < 100 else f"{rate:.0f}"


def rate_rows(found):
    """A row a program: frames a second of each kind, and as a share of LZ4 alone."""
    kinds = list(found["kinds"])
    rows = [["frames/s (of LZ4 alone)"] + [found["kinds"][kind]["label"] for kind in kinds]]
    for name, label in PROGRAMS.items():
        cells = [rate_cell(found, kind, name) for kind in kinds]
        if any(cells):
            rows.append([label] + cells)
    return rows


def rate_cell(found, kind, name):
    rate = median_rate(found, kind, name)
    if not rate:
        return ""
    lz4 = median_rate(found, kind, "lz4, 1 thread" if name.endswith("1 thread") else "lz4")
    if not lz4:
        return rate_text(rate)
    share = rate / lz4
    return f"{rate_text(rate)} ({share:.2f})" if share >= 0.095 else f"{rate_text(rate)} ({share:.1g})"
