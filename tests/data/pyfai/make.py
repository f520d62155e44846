"""Files that pyFAI writes, and patterns of several detectors that its MultiGeometry makes.

make.py FOLDER. Run with pyFAI 0.21.3 and with 2026.9: names hold the version.
"""
import json
import os
import sys

import h5py
import numpy
import pyFAI
import pyFAI.detectors
from pyFAI.multi_geometry import MultiGeometry
from pyFAI.worker import Worker

try:
    from pyFAI.integrator.azimuthal import AzimuthalIntegrator
except ImportError:
    import collections
    import collections.abc

    collections.Iterable = collections.abc.Iterable  # 0.21.3 with a newer Python
    from pyFAI.azimuthalIntegrator import AzimuthalIntegrator

out = sys.argv[1]
version = pyFAI.version if pyFAI.version[0] == "0" else ".".join(pyFAI.version.split(".")[:2])
old = version.startswith("0.")


def path(name):
    return os.path.join(out, name)


def write_worker():
    detector = pyFAI.detectors.Detector(2e-4, 3e-4, max_shape=(40, 44))
    ai = AzimuthalIntegrator(dist=0.05, poni1=0.004, poni2=0.0062, rot1=0.02, rot2=-0.01, rot3=0.3,
                             detector=detector, wavelength=2e-11)
    worker = Worker(ai, shapeIn=(40, 44), shapeOut=(1, 37), unit="q_nm^-1")
    worker.method = ("full", "csr", "cython")
    worker.polarization_factor = 0.95
    worker.dummy = 3.0
    worker.delta_dummy = 0.5
    worker.normalization_factor = 2.5
    worker.radial_range = [2.0, 30.0]
    worker.azimuth_range = [-100.0, 120.0]
    worker.error_model = "poisson"
    worker.save_config(path(f"worker_{version}.json"))


def write_clipping_and_mapping():
    from pyFAI.io.diffmap_config import DataSet, DiffmapConfig, ListDataSet, MotorRange
    from pyFAI.io.integration_config import WorkerConfig

    config = WorkerConfig.from_file(path(f"worker_{version}.json"))
    config.integrator_method = "sigma_clip_ng"
    config.extra_options = {"thres": 3.5, "max_iter": 4, "error_model": "azimuthal"}
    config.error_model = pyFAI.containers.ErrorModel.NO
    config.method = ("no", "csr", "cython")
    config.save(path(f"clipping_{version}.json"))
    config = WorkerConfig.from_file(path(f"worker_{version}.json"))
    mapping = DiffmapConfig(experiment_title="A map", slow_motor=MotorRange(0, 150, 6, "rot"),
                            fast_motor=MotorRange(-1, 1, 7, "dty"), zigzag_scan=True, ai=config,
                            input_data=ListDataSet([DataSet("scan.h5", None, 42, (40, 44))]),
                            output_file="map.h5")
    mapping.save(path(f"mapping_{version}.json"))


def poni_text(ai):
    return (f"poni_version: 2\nDetector: Detector\nDetector_config: "
            f"{json.dumps({'pixel1': ai.pixel1, 'pixel2': ai.pixel2, 'max_shape': list(ai.detector.max_shape)})}\n"
            f"Distance: {ai.dist!r}\nPoni1: {ai.poni1!r}\nPoni2: {ai.poni2!r}\nRot1: {ai.rot1!r}\n"
            f"Rot2: {ai.rot2!r}\nRot3: {ai.rot3!r}\nWavelength: {ai.wavelength!r}\n")


def random_geometry(rng, shape):
    pixel1, pixel2 = rng.uniform(1e-4, 3e-4, 2)
    detector = pyFAI.detectors.Detector(float(pixel1), float(pixel2), max_shape=shape)
    return AzimuthalIntegrator(dist=float(rng.uniform(0.04, 0.2)), poni1=float(rng.uniform(-0.002, 0.008)),
                               poni2=float(rng.uniform(-0.002, 0.008)), rot1=float(rng.uniform(-0.2, 0.2)),
                               rot2=float(rng.uniform(-0.2, 0.2)), rot3=float(rng.uniform(-3, 3)),
                               detector=detector, wavelength=2.3e-11)


def write_several(name, seed, shapes, split, unit, solid_angle, radial_range, polarization, azimuths):
    rng = numpy.random.default_rng(seed)
    ais = [random_geometry(rng, shape) for shape in shapes]
    frames = [rng.poisson(rng.uniform(5, 300), (2, *shape)).astype("u4") for shape in shapes]
    masks = [(rng.random(shape) < 0.1).astype("u1") for shape in shapes]
    for i, ai in enumerate(ais):
        with open(path(f"{name}_{i + 1}.poni"), "w") as file:
            file.write(poni_text(ai))
    with h5py.File(path(f"{name}.h5"), "w") as file:
        for i, (stack, mask) in enumerate(zip(frames, masks)):
            file.create_dataset(f"frames_{i + 1}", data=stack, chunks=(1, *stack.shape[1:]))
            file[f"mask_{i + 1}"] = mask
        for k in range(2):
            # All azimuths: 2026.9 would take those from the first to the last centre, and lose the outermost pixels of
            # patterns without splitting when it rounds degrees to radians.
            azimuth_range = None if azimuths else (-180, 180)
            several = MultiGeometry(ais, unit=unit, radial_range=radial_range, azimuth_range=azimuth_range)
            options = dict(correctSolidAngle=solid_angle, error_model="poisson", polarization_factor=polarization,
                           lst_mask=masks, method=(split, "csr", "cython"), normalization_factor=[1.7, 1.7, 1.7])
            data = [stack[k] for stack in frames]
            if azimuths:
                made = several.integrate2d(data, 23, azimuths, **options)
                file.require_dataset("azimuthal", made.azimuthal.shape, "f8")[...] = made.azimuthal
            else:
                made = several.integrate1d(data, 61, **options)
            file.require_dataset("radial", made.radial.shape, "f8")[...] = made.radial
            for key in ("intensity", "sigma", "sum_signal", "sum_variance", "sum_normalization", "count"):
                file[f"{key}_{k}"] = numpy.asarray(getattr(made, key), dtype="f8")


write_worker()
if old:
    write_several("several_" + version, 5, [(23, 31), (23, 31)], "bbox", "2th_deg", True, (0.5, 12), None, 0)
else:
    write_clipping_and_mapping()
    write_several("several_no", 1, [(25, 33), (31, 22)], "no", "q_nm^-1", True, None, None, 0)
    write_several("several_bbox", 2, [(25, 33), (31, 22), (25, 33)], "bbox", "r_mm", True, None, 0.9, 0)
    write_several("several_full", 3, [(25, 33), (31, 22)], "full", "2th_deg", False, (1, 9), None, 0)
    write_several("several_cake", 4, [(25, 33), (31, 22)], "bbox", "q_nm^-1", True, None, None, 7)
