"""Plots of what `scripts/compare frames` measured, as small SVG files."""

import os

import figures

PYTHON = {"loop_csr": "#9c9c9c", "loop_histogram": "#b8b8b8", "pool_csr": "#9c9c9c", "pool_histogram": "#b8b8b8"}
COLOURS = {**PYTHON, "bitshuffle": "#c9a227", "lz4": "#4c78a8", "memory": "#b03a2e", "reduce": "#d1495b", "whole": "#e8a5ad"}


def load_matplotlib():
    try:
        import matplotlib
    except ImportError:
        raise SystemExit("scripts/compare: plots need matplotlib: apt-get install python3-matplotlib") from None
    matplotlib.use("Agg")
    # Text stays text, and the same numbers make the same file.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "xrdct", "font.size": 9,
                                "axes.spines.top": False, "axes.spines.right": False})
    from matplotlib import pyplot

    return pyplot


def save(pyplot, figure, path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def draw_rates(found, path):
    """Frames a second of every program and kind, from slow to fast, on a logarithmic axis."""
    pyplot = load_matplotlib()
    kinds = list(found["kinds"])
    names = [name for name in COLOURS if any(figures.median_rate(found, kind, name) for kind in kinds)]
    figure, axes = pyplot.subplots(1, len(kinds), figsize=(2.6 + 1.9 * len(kinds), 0.8 + 0.3 * len(names)), sharey=True,
                                   squeeze=False)
    for axis, kind in zip(axes[0], kinds):
        rates = [figures.median_rate(found, kind, name) or 0 for name in names]
        axis.barh(range(len(names)), rates, color=[COLOURS[name] for name in names], log=True)
        for y, rate in enumerate(rates):
            if rate:
                axis.text(rate * 1.15, y, figures.rate_text(rate), va="center", fontsize=7)
        axis.set_xlim(1, 12 * max(rates))
        axis.set_title(found["kinds"][kind]["label"])
        axis.set_xlabel("frames/s")
    axes[0][0].set_yticks(range(len(names)), [figures.PROGRAMS[name] for name in names])
    axes[0][0].invert_yaxis()
    save(pyplot, figure, path)


def draw_sweeps(found, path):
    """Four panels: cost beside frames, pixels, bins and threads."""
    pyplot = load_matplotlib()
    figure, axes = pyplot.subplots(1, 4, figsize=(12, 2.9))
    sweeps = found["sweeps"]
    _over_frames(axes[0], sweeps["frames"])
    _milliseconds(axes[1], sweeps["pixels"], "pixels", "pixels a frame")
    _milliseconds(axes[2], sweeps["bins"], "bins", "bins")
    _over_threads(axes[3], sweeps["threads"])
    for axis in axes:
        axis.legend(frameon=False, fontsize=7)
        axis.grid(alpha=0.2)
    save(pyplot, figure, path)


def _over_frames(axis, runs):
    frames = [run["frames"] for run in runs]
    axis.loglog(frames, [run["seconds"] for run in runs], "o-", color=COLOURS["whole"], label=figures.PROGRAMS["whole"])
    axis.loglog(frames, [run["reduce_seconds"] for run in runs], "o-", color=COLOURS["reduce"],
                label=figures.PROGRAMS["reduce"])
    axis.set_xlabel("frames")
    axis.set_ylabel("seconds")


def _milliseconds(axis, runs, key, label):
    """Milliseconds a frame on a logarithmic axis: of xrdct, of LZ4 alone and of pyFAI's loop."""
    series = {
        name: [(run[key], 1000 / run[rate]) for run in runs if run.get(rate)]
        for name, rate in (("memory", "memory"), ("lz4", "lz4"), ("loop_csr", "loop"))
    }
    for name, points in series.items():
        if points:
            axis.loglog(*zip(*points), "o-", color=COLOURS[name], label=figures.PROGRAMS[name])
    axis.xaxis.set_minor_formatter("")  # labels of minor ticks run into each other
    axis.set_xlabel(label)
    axis.set_ylabel("ms a frame")


def _over_threads(axis, runs):
    threads = [run["threads"] for run in runs]
    for name in ("memory", "lz4"):
        axis.plot(threads, [run[name] for run in runs], "o-", color=COLOURS[name], label=figures.PROGRAMS[name])
    axis.set_xticks(threads)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("threads")
    axis.set_ylabel("frames/s")
