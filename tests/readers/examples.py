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
    import scipy  # noqa: F401
except ImportError as absent:
    print(f"skipped: no {absent.name} here (Debian: python3-{absent.name})")
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

    # Phases of a simulated scan, by patterns of the pure powders, are where they were put.
    small = ["--shape", "96", "96", "--log-level", "error"]
    patterns = ["--bins", "150", "--radial-range", "5", "40", "--log-level", "error"]
    scan = os.path.join(folder, "scan")
    run(XRDCT, "simulate", "-o", scan, "--rotations", "40", "--translations", "31", "--step", "0.07", *small)
    run(XRDCT, "reconstruct", f"{scan}/scan.h5", "--poni", f"{scan}/geometry.poni", "--mask", f"{scan}/mask.edf", "--axis", "0",
        "--air", "columns:1", *patterns, "-o", tomogram, "--overwrite")
    powders = []
    for phase in ("Al2O3", "CeO2", "Si"):
        pure, result = os.path.join(folder, phase), os.path.join(folder, phase + ".h5")
        run(XRDCT, "simulate", "-o", pure, "--phases", phase, "--rotations", "1", "--translations", "9", "--counts", "1000", "--air", "0",
            *small)
        run(XRDCT, "integrate", f"{pure}/scan.h5", "--poni", f"{pure}/geometry.poni", "--mask", f"{pure}/mask.edf", "--rotation",
            "none", *patterns, "-o", result)
        powders.append(f"{phase}={result}")
    maps = os.path.join(folder, "maps.h5")
    said = run(sys.executable, os.path.join(EXAMPLES, "phase_maps.py"), tomogram, picture, *powders, maps)
    assert said.count("% of all intensity") == 3, said
    with h5py.File(maps) as found, h5py.File(f"{scan}/truth.h5") as truth:
        assert list(found) == ["Al2O3", "CeO2", "Si"], list(found)
        for phase in found:
            alike = np.corrcoef(found[phase][()].ravel(), truth[f"phases/{phase}/density"][()].ravel())[0, 1]
            print(f"{phase}: correlation with the truth {alike:.3f}")
            assert alike > 0.94, (phase, alike)
            assert found[phase][()].min() >= 0
    run(XRDCT, "backproject", sinogram, "-o", tomogram, "--overwrite")
    wrong = subprocess.run([sys.executable, os.path.join(EXAMPLES, "phase_maps.py"), tomogram, picture, *powders],
                           capture_output=True, text=True, timeout=120)
    assert wrong.returncode == 1 and "has other channels than the tomogram" in wrong.stderr, wrong.stderr
print("all examples do what they say")
