"""Writes a sinogram made with NumPy as `xrdct backproject` reads it: two discs that differ in their peaks.

    python3 sinogram_from_numpy.py sinogram.h5
    xrdct backproject sinogram.h5 -o tomogram.h5
"""

import sys

import h5py
import numpy as np

ROTATIONS, TRANSLATIONS, CHANNELS = 60, 41, 32
DISCS = [(0.4, 0.0, 0.35, 8), (-0.3, 0.3, 0.25, 20)]  # x, y, radius in mm; the channel of the peak


def sinogram(rotation, translation):
    """Chords through the discs: x·cos θ − y·sin θ = t is the ray at rotation θ and translation t."""
    theta = np.radians(rotation)[:, None]
    step = translation[1] - translation[0]
    values = np.zeros((len(rotation), len(translation), CHANNELS), np.float32)
    for x, y, radius, channel in DISCS:
        distance = translation[None, :] - (x * np.cos(theta) - y * np.sin(theta))
        chord = 2 * np.sqrt(np.maximum(radius**2 - distance**2, 0)) / step
        values[:, :, channel - 1 : channel + 2] += chord[:, :, None] * np.array([0.5, 1.0, 0.5])
    return values


def main():
    rotation = np.arange(ROTATIONS) * 180.0 / ROTATIONS
    translation = np.linspace(-1.0, 1.0, TRANSLATIONS)
    q = np.linspace(10.0, 41.0, CHANNELS)
    with h5py.File(sys.argv[1], "w") as file:
        group = file.create_group("entry/sinogram")
        group["intensity"] = sinogram(rotation, translation)  # (rotation, translation, channel); NaN: not measured
        for name, values, unit in (("rotation_angle", rotation, "deg"), ("translation", translation, "mm"), ("q", q, "1/nm")):
            group[name] = values
            group[name].attrs["units"] = unit
    print(f"{sys.argv[1]}: {ROTATIONS} rotations x {TRANSLATIONS} translations x {CHANNELS} channels")


if __name__ == "__main__":
    main()
