"""Tomograms of random sinograms agree with those of scikit-image and of silx, as they are installed here, to 1e-5 of the
largest value: with each of their filters, for odd and even sizes. Where there is reference data, also with the
Shepp-Logan head that scikit-image reconstructed.

usage: tomogram_peers.py XRDCT FOLDER_OF_REFERENCE_DATA
Exit code 77 with the reason where both programs are missing.
"""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

XRDCT = sys.argv[1]
SHARED = os.environ.get("XRDCT_SHARED", sys.argv[2])
FILTERS = ["ramp", "shepp-logan", "cosine", "hann", "hamming"]
SIZES = [2, 17, 48, 97]  # silx computes in single precision: 8e-6 is what it is off by for 128
CHANNELS = 3
TOLERANCE = 1e-5


def ours(folder, sinogram, degrees, name, convention):
    """sinogram: [rotation, translation, channel]"""
    stem = os.path.join(folder, "sinogram.h5")
    with h5py.File(stem, "w") as file:
        group = file.create_group("entry/sinogram")
        group["intensity"] = sinogram
        axes = (("rotation_angle", degrees, "deg"), ("translation", np.arange(sinogram.shape[1]) * 0.1, "mm"),
                ("q", np.arange(sinogram.shape[2]) + 1.0, "1/nm"))
        for axis, values, unit in axes:
            group[axis] = values
            group[axis].attrs["units"] = unit
    made = os.path.join(folder, "tomogram.h5")
    words = [XRDCT, "backproject", stem, "-o", made, "--overwrite", "--filter", name, "--convention", convention]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    with h5py.File(made) as file:
        return file["entry/tomogram/intensity"][()]


def expect_equal(found, expected, what):
    """Of the pixels at least two within the circle, or all of a small tomogram."""
    size = len(expected)
    row, column = np.mgrid[:size, :size] - size // 2
    inside = np.hypot(row, column) <= max(size // 2 - 2, 1 if size > 2 else 0)
    largest = np.abs(expected[inside]).max()
    worst = np.abs(found[inside] - expected[inside]).max() / largest
    print(f"{what}: {worst:.1e} of the largest value")
    assert largest > 0 and worst <= TOLERANCE, what


def each_channel(solve, sinogram):
    return np.stack([solve(np.ascontiguousarray(sinogram[:, :, c])) for c in range(sinogram.shape[2])], axis=-1)


def with_skimage(folder, random, iradon):
    for size in SIZES:
        degrees = np.arange(31) * 180 / 31 + random.uniform(-2, 2, 31)
        sinogram = random.random((31, size, CHANNELS), dtype=np.float32)
        for name in FILTERS + ["none"]:
            asked = None if name == "none" else name
            expected = each_channel(lambda one: iradon(one.T.astype(float), degrees, filter_name=asked), sinogram)
            expect_equal(ours(folder, sinogram, degrees, name, "skimage"), expected, f"scikit-image, {name}, {size}")


def with_silx(folder, random, backprojection):
    for size in SIZES:
        degrees = np.arange(30) * 6.0
        sinogram = random.random((30, size, CHANNELS), dtype=np.float32)
        for name in FILTERS:
            solver = backprojection((30, size), angles=np.deg2rad(degrees), extra_options={"use_numpy_fft": True},
                                    filter_name="ram-lak" if name == "ramp" else name)
            expected = each_channel(lambda one: np.array(solver(one)), sinogram)
            expect_equal(ours(folder, sinogram, degrees, name, "silx"), expected, f"silx, {name}, {size}")


def with_reference(folder):
    path = os.path.join(SHARED, "data/tomo/ref_skimage_shepp256.npz")
    if not os.path.isfile(path):
        return
    head = np.load(path)
    sinogram = np.ascontiguousarray(head["radon"].T[:, :, None])
    found = ours(folder, sinogram, head["theta_deg"], "ramp", "skimage")
    expect_equal(found, head["fbp_ramp"][:, :, None], "the head of 256 x 256")


def main():
    random = np.random.default_rng(6)
    absent = []
    with tempfile.TemporaryDirectory(prefix="xrdct-peers-") as folder:
        with_reference(folder)
        try:
            from skimage.transform import iradon
            with_skimage(folder, random, iradon)
        except ImportError as reason:
            absent.append(f"scikit-image (Debian: python3-skimage): {reason}")
        try:
            import pyopencl
            if not pyopencl.get_platforms():
                raise ImportError("no OpenCL platform")
            from silx.opencl.backprojection import Backprojection
            with_silx(folder, random, Backprojection)
        except (ImportError, RuntimeError) as reason:
            absent.append(f"silx (Debian: python3-silx python3-pyopencl pocl-opencl-icd): {reason}")
        except Exception as reason:  # pyopencl has an error of its own where there is no platform
            if type(reason).__module__.split(".")[0] != "pyopencl":
                raise
            absent.append(f"silx with OpenCL: {reason}")
    for reason in absent:
        print("skipped: not here:", reason)
    return 77 if len(absent) == 2 else 0


if __name__ == "__main__":
    sys.exit(main())
