"""Tables and plots of a scaling study. Tables are plain Python."""

import statistics

import figures
import scaling_model as model


def median_runs(runs, series):
    """One run a point, with the medians of its rounds, in the order of cores."""
    groups = {}
    for run in runs:
        if run["series"] == series:
            groups.setdefault((run["nodes"], run["ranks"], run["threads"], run["frames"]), []).append(run)
    merged = []
    for same in groups.values():
        stages = {stage: statistics.median(run["stages"][stage] for run in same) for stage in model.TERMS}
        merged.append({**same[0], "stages": stages})
    return sorted(merged, key=lambda run: (run["cores"], run["nodes"], run["ranks"]))


def efficiency(run, first, series, seconds=lambda run: model.total(run["stages"])):
    """Of cores: 1 where twice the cores halve the time (strong), or do twice the frames in the same (weak)."""
    speed_up = seconds(first) / seconds(run)
    return speed_up * first["cores"] / run["cores"] if series == "strong" else speed_up


def series_text(runs, series, coefficients):
    merged = median_runs(runs, series)
    rows = [("nodes", "ranks", "cores", "frames", "reduce s", "efficiency", "all s", "efficiency", "model s", "difference")]
    for run in merged:
        seconds, said = model.total(run["stages"]), model.total(model.predict(coefficients, run))
        part = efficiency(run, merged[0], series, lambda run: run["stages"]["reduce"])
        rows.append((str(run["nodes"]), str(run["ranks"]), str(run["cores"]), str(run["frames"]),
                     f"{run['stages']['reduce']:.2f}", f"{part:.2f}", f"{seconds:.2f}",
                     f"{efficiency(run, merged[0], series):.2f}", f"{said:.2f}", f"{100 * (said / seconds - 1):+.0f} %"))
    return f"{series} scaling\n" + figures.as_columns(rows)


def extrapolate(runs, nodes, frames):
    """A run on so many nodes like the measured ones with the most ranks a node, of a scan of so many frames."""
    like = max(runs, key=lambda run: (run["ranks"] / run["nodes"], run["nodes"]))
    factor = frames / like["frames"]
    return {
        **like,
        "nodes": nodes,
        "ranks": like["ranks"] // like["nodes"] * nodes,
        "cores": like["cores"] / like["nodes"] * nodes,
        "frames": frames,
        **{name: like[name] * factor for name in ("compressed", "sinogram", "written")},
    }


def prediction_rows(runs, coefficients, others, nodes, frames):
    """Strong scaling of a scan of `frames` frames, and weak scaling of as many frames a node as a node of `nodes` has."""
    rows = []
    counts = sorted({1, *(10**k for k in range(1, 7) if 10**k < nodes), nodes})
    for series in ("strong", "weak"):
        first = None
        for count in counts:
            run = extrapolate(runs, count, frames if series == "strong" else frames * count / nodes)
            stages = model.predict(coefficients, run)
            seconds = model.total(stages)
            first = first or (run, seconds)
            gained = first[1] / seconds * (first[0]["cores"] / run["cores"] if series == "strong" else 1)
            low, high = model.interval(others, run)
            rows.append({"series": series, "nodes": count, "cores": run["cores"], "frames": run["frames"], "stages": stages,
                         "seconds": seconds, "low": low, "high": high, "efficiency": gained})
    return rows


def prediction_text(rows, measured_nodes):
    table = [("", "nodes", "cores", "frames", *model.TERMS, "all s", "68 % of fits", "efficiency")]
    for row in rows:
        table.append((row["series"], str(row["nodes"]), f"{row['cores']:g}", f"{row['frames']:.3g}",
                      *(f"{row['stages'][stage]:.3g}" for stage in model.TERMS), f"{row['seconds']:.3g}",
                      f"{row['low']:.3g}–{row['high']:.3g}", f"{row['efficiency']:.2f}"))
    largest = max(measured_nodes)
    where = "one node" if largest == 1 else f"1 to {largest} nodes"
    text = f"prediction, extrapolated from {where}\n" + figures.as_columns(table)
    text += "\nThe range is the spread of fits to runs drawn with repetition: the error of the fit, not that of the model. "
    text += f"What only more than {where} can show (a network or file system that others use too) is not in it."
    if largest == 1:
        text += "\nWith one node, reading and exchange between nodes cannot be told from those within one."
    return text


def coefficients_text(coefficients, others):
    rows = [("term", "stage", "value", "68 % of fits", "unit")]
    for stage, terms in model.TERMS.items():
        for name in terms:
            values = sorted(one[name] for one in others)
            low, high = values[round(0.16 * (len(values) - 1))], values[round(0.84 * (len(values) - 1))]
            rows.append((name, stage, f"{coefficients[name]:.3g}", f"{low:.3g}–{high:.3g}", model.UNITS[name]))
    return "fitted model\n" + figures.as_columns(rows)


def draw(runs, coefficients, predicted, path):
    """Efficiency beside cores, measured and modelled; seconds beside nodes as predicted, stage by stage."""
    import plots

    pyplot = plots.load_matplotlib()
    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.2))
    for axis, series in zip(axes, ("strong", "weak")):
        merged = median_runs(runs, series)
        cores = [run["cores"] for run in merged]
        axis.plot(cores, [efficiency(run, merged[0], series) for run in merged], "o", color="#d1495b", label="measured, all")
        axis.plot(cores, [efficiency(run, merged[0], series, lambda run: run["stages"]["reduce"]) for run in merged], "s",
                  color="#4c78a8", label="measured, reduce")
        axis.plot(cores, [efficiency(run, merged[0], series, lambda run: model.total(model.predict(coefficients, run)))
                          for run in merged], "_", markersize=14, color="#555555", label="model, all")
        axis.set_title(f"{series} scaling")
        axis.set_xlabel("cores")
        axis.set_ylabel("efficiency")
        axis.set_ylim(0, 1.15)
        axis.set_xticks(sorted(set(cores)))
    _draw_prediction(axes[2], [row for row in predicted if row["series"] == "strong"])
    for axis in axes:
        axis.legend(frameon=False, fontsize=7)
        axis.grid(alpha=0.2)
    plots.save(pyplot, figure, str(path))


def _draw_prediction(axis, rows):
    nodes = [row["nodes"] for row in rows]
    for stage in model.TERMS:
        axis.plot(nodes, [row["stages"][stage] or None for row in rows], "-", label=stage)
    axis.fill_between(nodes, [row["low"] for row in rows], [row["high"] for row in rows], color="#cccccc")
    axis.plot(nodes, [row["seconds"] for row in rows], "k-", label="all")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_title(f"predicted, {rows[0]['frames']:.3g} frames")
    axis.set_xlabel("nodes")
    axis.set_ylabel("seconds")
