"""Reads a result of xrdct with h5py and plots it: the map of a range of channels, and the pattern of a voxel with errors.

    python3 plot_result.py tomogram.h5 picture.png [LOW HIGH]

LOW and HIGH are positions on the channel axis, in its unit; by default the ten channels around the strongest.
"""

import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def read(path):
    """The default plot of the file, as any NeXus reader finds it: values, errors, and an axis for each dimension."""
    with h5py.File(path) as file:
        group = file
        while "default" in group.attrs:
            group = group[group.attrs["default"]]
        signal = group.attrs["signal"]
        axes = [(name, group[name][()], group[name].attrs.get("units", "")) for name in group.attrs["axes"]]
        errors = group[signal + "_errors"][()] if signal + "_errors" in group else None
        return group[signal][()], errors, axes


def main():
    source, picture = sys.argv[1:3]
    values, errors, axes = read(source)
    if values.ndim != 3:
        sys.exit(f"{source} has sectors or layers as well: its shape is {values.shape}")
    (_, y, unit), (_, x, _), (name, channels, channel_unit) = axes
    total = np.nan_to_num(values).sum(axis=(0, 1))
    if len(sys.argv) > 3:
        low, high = map(float, sys.argv[3:5])
    else:
        top = int(total.argmax())
        low, high = channels[max(top - 5, 0)], channels[min(top + 5, len(channels) - 1)]
    chosen = (channels >= low) & (channels <= high)
    if not chosen.any():
        sys.exit(f"no channel lies from {low} to {high} {channel_unit}")
    image = values[:, :, chosen].mean(axis=2)
    row, column = np.unravel_index(np.nanargmax(image), image.shape)

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), constrained_layout=True)
    extent = [x[0], x[-1], y[-1], y[0]]  # rows go down
    figure.colorbar(left.imshow(image, extent=extent), ax=left, label="intensity")
    left.set(xlabel=f"x ({unit})", ylabel=f"y ({unit})", title=f"{name} from {low:.4g} to {high:.4g} {channel_unit}")
    left.plot(x[column], y[row], "r+")
    pattern = values[row, column]
    right.plot(channels, pattern)
    if errors is not None:
        sigma = errors[row, column]
        right.fill_between(channels, pattern - sigma, pattern + sigma, alpha=0.3)
    right.set(xlabel=f"{name} ({channel_unit})", ylabel="intensity", title=f"voxel at x = {x[column]:.4g}, y = {y[row]:.4g}")
    figure.savefig(picture, dpi=100)
    print(f"{picture}: brightest voxel of {image.shape[1]} x {image.shape[0]} at row {row}, column {column}")


if __name__ == "__main__":
    main()
