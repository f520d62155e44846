#!/usr/bin/env python3
"""Makes the arrays in this folder: what scikit-image (0.19.3) and silx (1.1.0, OpenCL on a CPU) compute from random
sinograms. Needs both, and an OpenCL platform (Debian: python3-skimage, python3-silx, pocl-opencl-icd).

    {N}_sinogram       [rotation, translation]
    {N}_angles         [rotation], radians: uniform over 180 degrees, and for scikit-image also {N}_uneven_angles
    {N}_skimage        [filter, y, x]: ramp, shepp-logan, cosine, hann, hamming, none, of the uneven angles
    {N}_silx           [filter, y, x]: ramp, shepp-logan, cosine, hann, hamming, of the uniform angles
    {N}_skimage_taps, {N}_silx_taps   [filter, distance]: responses of the first five filters
"""
import pathlib

import numpy as np
import silx.image.tomography as silx_tomography
import skimage.transform.radon_transform as skimage_radon
from silx.opencl.backprojection import Backprojection

FOLDER = pathlib.Path(__file__).parent
FILTERS = ["ramp", "shepp-logan", "cosine", "hann", "hamming"]
ROTATIONS = 25


def save(name, values, dtype):
    np.save(FOLDER / f"{name}.npy", np.ascontiguousarray(values, dtype=dtype))


def skimage_taps(size):
    """What iradon itself asks its filters for, by their real impulse response."""
    asked = []
    original = skimage_radon._get_fourier_filter
    skimage_radon._get_fourier_filter = lambda length, name: asked.append(original(length, name)) or asked[-1]
    try:
        for name in FILTERS:
            skimage_radon.iradon(np.ones((size, 1)), [0], filter_name=name)
    finally:
        skimage_radon._get_fourier_filter = original
    return [np.real(np.fft.ifft(response[:, 0]))[:size] for response in asked]


def silx_taps(size):
    """silx leaves out a factor of two here and puts it in the weight pi / rotations."""
    length = silx_tomography.get_next_power(2 * size)
    names = ["ram-lak"] + FILTERS[1:]
    responses = [silx_tomography.compute_fourier_filter(length, name) for name in names]
    return [2 * np.real(np.fft.ifft(response))[:size] for response in responses]


def silx_tomogram(sinogram, angles, name):
    solver = Backprojection(sinogram.shape, angles=angles, filter_name="ram-lak" if name == "ramp" else name,
                            extra_options={"use_numpy_fft": True})
    return solver(sinogram)


def main():
    random = np.random.default_rng(20240229)
    for size in (41, 60):
        sinogram = random.random((ROTATIONS, size), dtype=np.float32)
        even = np.linspace(0, np.pi, ROTATIONS, endpoint=False)
        uneven = random.uniform(-np.pi, 2 * np.pi, ROTATIONS)
        save(f"{size}_sinogram", sinogram, "<f4")
        save(f"{size}_angles", even, "<f8")
        save(f"{size}_uneven_angles", uneven, "<f8")
        save(f"{size}_skimage", [skimage_radon.iradon(sinogram.T.astype(float), np.rad2deg(uneven), filter_name=name)
                                 for name in FILTERS + [None]], "<f4")
        save(f"{size}_silx", [silx_tomogram(sinogram, even, name) for name in FILTERS], "<f4")
    for size in (1, 5, 41, 60):
        save(f"{size}_skimage_taps", skimage_taps(size), "<f8")
        save(f"{size}_silx_taps", silx_taps(size), "<f8")


if __name__ == "__main__":
    main()
