"""Which phase is where: fits the pattern of every voxel by patterns of pure powders, none of which may be negative.

    python3 phase_maps.py tomogram.h5 maps.png CeO2=ceo2.h5 Si=si.h5 [maps.h5]

The patterns of the powders are results of `xrdct integrate` on the same channels; their frames are added up. A map is
the weight of a phase in every voxel, so that weight times the powder's pattern (scaled to a mean of 1) is the phase's
part of the voxel's intensity. Needs h5py, numpy, scipy and matplotlib.
"""

import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import nnls


def default_plot(file):
    """The NXdata that the file opens on, as any NeXus reader finds it."""
    group = file
    while "default" in group.attrs:
        group = group[group.attrs["default"]]
    return group


def read_tomogram(path):
    """Values (y, x, channel), their errors or None, and the axes by name."""
    with h5py.File(path) as file:
        data = default_plot(file)
        signal = data.attrs["signal"]
        axes = {name: data[name][()] for name in data.attrs["axes"]}
        errors = data[signal + "_errors"][()] if signal + "_errors" in data else None
        return data[signal][()], errors, axes


def read_powder(path, channels):
    """The mean pattern of all frames, scaled to a mean of 1. The sums are what to add up, not the intensities."""
    with h5py.File(path) as file:
        data = file["entry/patterns"]
        own = data[data.attrs["axes"][-1]][()]
        if own.shape != channels.shape or not np.allclose(own, channels):
            sys.exit(f"{path} has other channels than the tomogram: integrate both with the same --bins and --radial-range")
        signal, norm = data["sum_signal"][()].sum(axis=0), data["sum_normalization"][()].sum(axis=0)
    pattern = np.divide(signal, norm, out=np.zeros_like(signal), where=norm > 0)
    return pattern / pattern.mean()


def fit(values, errors, powders):
    """Non-negative least squares in every voxel, each channel weighted by its error: (phase, y, x)."""
    weights = np.zeros((powders.shape[1], *values.shape[:2]))
    for place in np.ndindex(values.shape[:2]):
        sigma = np.ones(values.shape[2]) if errors is None else errors[place]
        use = (sigma > 0) & np.isfinite(values[place])
        if use.any():
            weights[(slice(None), *place)] = nnls(powders[use] / sigma[use, None], values[place][use] / sigma[use])[0]
    return weights


def draw(weights, names, axes, picture):
    x, y = axes["x"], axes["y"]
    figure, frames = plt.subplots(1, len(names), figsize=(3.6 * len(names), 3.4), constrained_layout=True, squeeze=False)
    for frame, name, weight in zip(frames[0], names, weights):
        shown = frame.imshow(weight, extent=[x[0], x[-1], y[-1], y[0]], vmin=0)  # rows go down
        frame.set_title(name)
        figure.colorbar(shown, ax=frame, shrink=0.8)
    figure.savefig(picture, dpi=90)


def main():
    source, picture = sys.argv[1:3]
    phases = dict(word.split("=", 1) for word in sys.argv[3:] if "=" in word)
    values, errors, axes = read_tomogram(source)
    channels = axes[list(axes)[-1]]
    powders = np.stack([read_powder(path, channels) for path in phases.values()], axis=1)
    weights = fit(values, errors, powders)
    draw(weights, list(phases), axes, picture)
    if "=" not in sys.argv[-1]:
        with h5py.File(sys.argv[-1], "w") as file:
            for name, weight in zip(phases, weights):
                file[name] = weight
    for name, weight in zip(phases, weights):
        row, column = np.unravel_index(weight.argmax(), weight.shape)
        print(f"{name}: {100 * weight.sum() / weights.sum():.1f} % of all intensity, most of it at "
              f"x = {axes['x'][column]:.3g}, y = {axes['y'][row]:.3g}")


if __name__ == "__main__":
    main()
