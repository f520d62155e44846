"""The frames that programs are compared on: made by xrdct from a fixed seed, repeated to stacks of any length."""

import collections
import os
import pathlib
import subprocess

import h5py

DATASET = "/1.1/measurement/detector"

# Name in tables, type of pixels, detector, more options for `xrdct bench --save`. Without --ratio its counts are such
# that Eiger 4M frames compress by 9.5 (u32) and 5.3 (u16).
Kind = collections.namedtuple("Kind", "label type detector options")
KINDS = {
    "u32": Kind("4M u32", "u32", "Eiger 4M", []),
    "u16": Kind("4M u16", "u16", "Eiger 4M", []),
    "i32": Kind("2M i32", "i32", "Pilatus 2M", []),
    "bright": Kind("4M u32, bright", "u32", "Eiger 4M", ["--bright"]),
}

Frames = collections.namedtuple("Frames", "file dataset poni mask count rows columns item_size stored_bytes")


def describe(path, dataset=DATASET):
    """Frames of an HDF5 file, with the geometry and mask that lie beside it."""
    with h5py.File(path) as file:
        data = file[dataset]
        count, rows, columns = data.shape
        size = sum(data.id.get_chunk_info(i).size for i in range(data.id.get_num_chunks()))
        return Frames(path, dataset, path.with_suffix(".poni"), path.with_name(path.stem + "_mask.edf"), count, rows,
                      columns, data.dtype.itemsize, size)


def make(program, kind, folder, distinct, detector=None):
    """Frames of a kind, all different. Raises CalledProcessError with the program's words."""
    path = pathlib.Path(folder) / f"{kind.type}{'_bright' if kind.options else ''}_{(detector or kind.detector)}.h5"
    path = path.with_name(path.name.replace(" ", ""))
    if not path.exists():
        words = [program, "bench", "--save", path, "--type", kind.type, "--detector", detector or kind.detector]
        words += ["--frames", distinct, "--distinct", distinct, "--log-level", "error", *kind.options]
        subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True)
    read_into_cache(path)
    return describe(path)


def read_into_cache(path):
    """Puts a file into the page cache as reading does, not writing: another machine has written a scan. Linux reads into
    large pages and writes into small ones, from which reading takes 1.7 times as long (Linux 6.18, ext4)."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while file.read(1 << 24):
            pass


def repeat(frames, count, path):
    """A virtual dataset of `count` frames, the given ones over and over: a long scan that fits the page cache."""
    layout = h5py.VirtualLayout((count, frames.rows, frames.columns), _type_of(frames))
    source = h5py.VirtualSource(str(frames.file), frames.dataset, (frames.count, frames.rows, frames.columns))
    for first in range(0, count, frames.count):
        here = min(frames.count, count - first)
        layout[first : first + here] = source[:here]
    with h5py.File(path, "w", libver="latest") as file:
        file.create_virtual_dataset(DATASET, layout)
    return frames._replace(file=path, dataset=DATASET, count=count,
                           stored_bytes=frames.stored_bytes * count // frames.count)


def _type_of(frames):
    with h5py.File(frames.file) as file:
        return file[frames.dataset].dtype
