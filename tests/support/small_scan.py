"""A scan small enough to break in many ways, written without the program under test."""
import os
import struct

import h5py
import numpy as np

ROWS, COLUMNS = 32, 40
ROTATIONS, TRANSLATIONS = 8, 9
FRAMES = ROTATIONS * TRANSLATIONS
DETECTOR = "/1.1/measurement/detector"
BLOCK = 256  # elements

PONI = """poni_version: 2
Detector: Detector
Detector_config: {"pixel1": 0.0002, "pixel2": 0.0002, "max_shape": [32, 40]}
Distance: 0.05
Poni1: 0.003
Poni2: 0.004
Rot1: 0
Rot2: 0
Rot3: 0
Wavelength: 3e-11
"""


def lz4_literals(data):
    """An LZ4 block that says: these bytes."""
    extra = len(data) - 15
    if extra < 0:
        return bytes([len(data) << 4]) + data
    return b"\xf0" + b"\xff" * (extra // 255) + bytes([extra % 255]) + data


def bitshuffle(elements):
    """Bit planes of a block: bit b of every element together, least significant first."""
    bits = np.unpackbits(elements.view(np.uint8).reshape(len(elements), -1), axis=1, bitorder="little")
    return np.packbits(bits.T, axis=1, bitorder="little").tobytes()


def chunk_of(frame):
    """A bitshuffle-LZ4 chunk of a frame whose size is a multiple of the block."""
    flat = np.ascontiguousarray(frame).reshape(-1)
    blocks = b""
    for start in range(0, flat.size, BLOCK):
        packed = lz4_literals(bitshuffle(flat[start:start + BLOCK]))
        blocks += struct.pack(">I", len(packed)) + packed
    return struct.pack(">QI", flat.nbytes, BLOCK * flat.itemsize) + blocks


def frames():
    """Counts of frame k around 10 + k."""
    rng = np.random.default_rng(7)
    return rng.poisson(10 + np.arange(FRAMES)[:, None, None], (FRAMES, ROWS, COLUMNS)).astype(np.uint32)


def write(folder, chunk=None, positions=FRAMES, frames_written=FRAMES):
    """Writes scan.h5, geometry.poni and mask.npy; `chunk(k, bytes)` may replace the chunk of frame k."""
    data = frames()
    with h5py.File(os.path.join(folder, "scan.h5"), "w") as f:
        measurement = f.create_group("/1.1/measurement")
        detector = h5py.h5d.create(
            measurement.id, b"detector", h5py.h5t.STD_U32LE, h5py.h5s.create_simple((FRAMES, ROWS, COLUMNS)),
            dcpl=_bitshuffle_creation())
        for k in range(frames_written):
            stored = chunk_of(data[k])
            if chunk is not None:
                stored = chunk(k, stored)
            if stored is not None:
                detector.write_direct_chunk((k, 0, 0), stored, 0)
        measurement["rot"] = np.repeat(np.arange(ROTATIONS) * 180.0 / ROTATIONS, TRANSLATIONS)[:positions]
        measurement["dty"] = np.tile(np.arange(TRANSLATIONS) * 0.1 - 0.4, ROTATIONS)[:positions]
        measurement["dty"].attrs["units"] = "mm"
    with open(os.path.join(folder, "geometry.poni"), "w") as f:
        f.write(PONI)
    np.save(os.path.join(folder, "mask.npy"), np.zeros((ROWS, COLUMNS), np.uint8))
    return data


def _bitshuffle_creation():
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((1, ROWS, COLUMNS))
    # The genuine plugin puts version and element size before what it is given; where it is absent, the filter can be
    # named as optional, since chunks are written as they are.
    given = (BLOCK, 2) if h5py.h5z.filter_avail(32008) else (0, 3, 4, BLOCK, 2)
    creation.set_filter(32008, h5py.h5z.FLAG_OPTIONAL, given)
    return creation


def arguments(folder):
    """The command line of a reconstruction of it."""
    return ["reconstruct", os.path.join(folder, "scan.h5"), "--dataset", DETECTOR,
            "--rotation", "/1.1/measurement/rot", "--translation", "/1.1/measurement/dty", "--monitor", "none",
            "--poni", os.path.join(folder, "geometry.poni"), "--mask", os.path.join(folder, "mask.npy"),
            "--bins", "30", "--axis", "0", "--threads", "1", "-o", os.path.join(folder, "out.h5")]
