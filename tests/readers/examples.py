"""The examples for users of Python do what they say.

usage: examples.py XRDCT FOLDER_OF_EXAMPLES
Exit code 77 with the reason where matplotlib is missing.
"""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

try:
    import matplotlib  # noqa: F401, the examples use it
except ImportError:
    print("skipped: no matplotlib here (Debian: python3-matplotlib)")
    sys.exit(77)

XRDCT, EXAMPLES = sys.argv[1:3]


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


with tempfile.TemporaryDirectory(prefix="xrdct-examples-") as folder:
    sinogram, tomogram, picture = (os.path.join(folder, name) for name in ("sinogram.h5", "tomogram.h5", "picture.png"))
    run(sys.executable, os.path.join(EXAMPLES, "sinogram_from_numpy.py"), sinogram)
    run(XRDCT, "backproject", sinogram, "-o", tomogram)
    with h5py.File(tomogram) as file:
        values, x, y = (file["entry/tomogram"][name][()] for name in ("intensity", "x", "y"))
    for centre_x, centre_y, radius, channel in ((0.4, 0.0, 0.35, 8), (-0.3, 0.3, 0.25, 20)):
        distance = np.hypot(x[None, :] - centre_x, y[:, None] - centre_y)
        inside, outside = values[distance < radius - 0.1][:, channel], values[distance > radius + 0.1][:, channel]
        assert abs(inside.mean() - 1) < 0.03, inside.mean()  # a chord of one step in a disc of 1
        assert abs(outside.mean()) < 0.02, outside.mean()
    said = run(sys.executable, os.path.join(EXAMPLES, "plot_result.py"), tomogram, picture, "17", "19")
    row, column = int(said.split("row ")[1].split(",")[0]), int(said.split("column ")[1])
    assert np.hypot(x[column] - 0.4, y[row]) < 0.35, said
    assert os.path.getsize(picture) > 10000
print("both examples do what they say")
