"""One other program in a process of its own, which does as many frames as it is told, when it is told.

usage: peers.py NAME THREADS BINS FILE DATASET PONI MASK

It says on standard output in lines of JSON: first {"ready": what it is}, or {"absent": why and how to get it}; then, for
every number of frames on standard input, {"frames": n, "seconds": s}. `patterns N` instead of a number gives the
patterns of the first N frames, as the name of an .npz file. A process of its own lets each have its own number of OpenMP
threads, and none slows the others down while it waits.
"""

import concurrent.futures
import ctypes
import glob
import json
import os
import sys
import tempfile
import threading
import time

# Where Debian's package bitshuffle keeps the filter of serial HDF5, which h5py uses.
PLUGINS = "/usr/lib/*/hdf5/serial/plugins"
HEADER = 12  # of a bitshuffle-LZ4 chunk: its size in bytes and that of a block, before the blocks


class Absent(Exception):
    """What is missing, and how to get it."""


def need(module, package):
    try:
        return __import__(module)
    except ImportError:
        raise Absent(f"no Python module {module}: apt-get install {package}") from None


class FrameFile:
    """Frames as h5py gives them, and their chunks as stored."""

    def __init__(self, file, dataset):
        h5py = need("h5py", "python3-h5py")
        self.data = h5py.File(file)[dataset]
        self.shape, self.type, self.count = self.data.shape[1:], self.data.dtype, len(self.data)
        try:
            self.data[0]
        except OSError:
            raise Absent("h5py finds no bitshuffle filter: apt-get install bitshuffle") from None

    def frame(self, i):
        return self.data[i % self.count]

    def chunk(self, i):
        return self.data.id.read_direct_chunk((i % self.count, 0, 0))[1]


class Decoder:
    """bitshuffle's own function, by ctypes: unlike its Python module it lets other threads run, and each thread decodes to
    the same memory again. (The function in the Python module is 1.5 times as fast as that in the filter beside it.)"""

    def __init__(self, frames):
        module = need("bitshuffle", "bitshuffle")
        self.frames = frames
        self.function = ctypes.CDLL(module.ext.__file__).bshuf_decompress_lz4
        self.function.restype = ctypes.c_int64
        self.function.argtypes = [ctypes.c_void_p, ctypes.c_void_p] + 3 * [ctypes.c_size_t]
        self.numpy = need("numpy", "python3-numpy")
        self.kept = threading.local()

    def decode(self, chunk):
        if not hasattr(self.kept, "pixels"):
            self.kept.pixels = self.numpy.empty(self.frames.shape, self.frames.type)
        pixels = self.kept.pixels
        block = int.from_bytes(chunk[8:HEADER], "big") // pixels.itemsize
        blocks = self.numpy.frombuffer(chunk, self.numpy.uint8)[HEADER:]
        used = self.function(blocks.ctypes.data, pixels.ctypes.data, pixels.size, pixels.itemsize, block)
        if used != len(chunk) - HEADER:
            raise ValueError(f"bitshuffle decodes {used} of {len(chunk) - HEADER} bytes")
        return pixels


class Integration:
    """pyFAI's integrator with one method, its matrix made."""

    def __init__(self, frames, bins, poni, mask, method):
        numpy, fabio = need("numpy", "python3-numpy"), need("fabio", "python3-fabio")
        self.pyFAI = need("pyFAI", "python3-pyfai")
        self.geometry = self.pyFAI.load(poni)
        self.bins, self.method = bins, ("bbox", method, "cython")
        first = frames.frame(0)
        dead = -1 if frames.type.kind == "i" else numpy.iinfo(frames.type).max
        self.mask = (fabio.open(mask).data != 0) | (first == dead)
        self.integrate(first)

    def integrate(self, pixels):
        return self.geometry.integrate1d_ng(pixels, self.bins, unit="q_nm^-1", mask=self.mask, method=self.method,
                                            error_model="poisson", correctSolidAngle=True)


class Loop:
    """Frame by frame: h5py reads and decodes, pyFAI integrates with as many threads as it likes."""

    def __init__(self, frames, bins, poni, mask, threads, method):
        self.frames, self.integration = frames, Integration(frames, bins, poni, mask, method)
        self.name = f"pyFAI {self.integration.pyFAI.version}, a loop of integrate1d by {'/'.join(self.integration.method)}"

    def run(self, count):
        for i in range(count):
            self.integration.integrate(self.frames.frame(i))

    def patterns(self, count):
        return [self.integration.integrate(self.frames.frame(i)) for i in range(count)]


class Pool:
    """Threads that each take a chunk as it is stored, decode and integrate it."""

    openmp_threads = 1

    def __init__(self, frames, bins, poni, mask, threads, method):
        self.frames, self.decoder = frames, Decoder(frames)
        self.integration = Integration(frames, bins, poni, mask, method)
        self.pool = concurrent.futures.ThreadPoolExecutor(threads)
        self.name = f"pyFAI {self.integration.pyFAI.version}, {threads} threads with direct chunks by {method}"

    def one(self, i):
        return self.integration.integrate(self.decoder.decode(self.frames.chunk(i)))

    def run(self, count):
        for _ in self.pool.map(self.one, range(count)):
            pass


class Decoding:
    """bitshuffle alone: threads decode chunks that are in memory."""

    def __init__(self, frames, bins, poni, mask, threads, method):
        self.decoder = Decoder(frames)
        self.chunks = [frames.chunk(i) for i in range(frames.count)]
        self.pool = concurrent.futures.ThreadPoolExecutor(threads)
        self.name = f"bitshuffle's decoder alone, {threads} threads"

    def run(self, count):
        for _ in self.pool.map(lambda i: self.decoder.decode(self.chunks[i % len(self.chunks)]), range(count)):
            pass


PEERS = {
    "loop_csr": (Loop, "csr"),
    "loop_histogram": (Loop, "histogram"),
    "pool_csr": (Pool, "csr"),
    "pool_histogram": (Pool, "histogram"),
    "bitshuffle": (Decoding, None),
}


def say(**what):
    print(json.dumps(what), flush=True)


def prepare(name, threads, bins, file, dataset, poni, mask):
    maker, method = PEERS[name]
    os.environ["OMP_NUM_THREADS"] = str(getattr(maker, "openmp_threads", threads))
    os.environ["OMP_WAIT_POLICY"] = "passive"  # threads without work leave the cores to others
    found = glob.glob(PLUGINS)
    if found:
        os.environ.setdefault("HDF5_PLUGIN_PATH", found[0])
    return maker(FrameFile(file, dataset), bins, poni, mask, threads, method)


def save_patterns(peer, count):
    numpy = need("numpy", "python3-numpy")
    patterns = peer.patterns(count)
    handle, path = tempfile.mkstemp(suffix=".npz")
    os.close(handle)
    numpy.savez(path, radial=patterns[0].radial, intensity=[p.intensity for p in patterns],
                sigma=[p.sigma for p in patterns], count=[p.count for p in patterns])
    return path


def main():
    name, threads, bins, file, dataset, poni, mask = sys.argv[1:]
    try:
        peer = prepare(name, int(threads), int(bins), file, dataset, poni, mask)
    except Absent as why:
        say(absent=str(why))
        return
    say(ready=peer.name)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "patterns":
            say(patterns=save_patterns(peer, int(words[1])))
            continue
        begin = time.perf_counter()
        peer.run(int(words[0]))
        say(frames=int(words[0]), seconds=time.perf_counter() - begin)


if __name__ == "__main__":
    main()
