"""Files that documentation speaks of, simulated: small scans in the layouts of facilities, with what belongs to them."""
import os
import subprocess

import h5py
import numpy as np


ROTATIONS, TRANSLATIONS = 8, 9
SHAPE = (64, 72)
BITSHUFFLE = 32008


RESULTS = {"reconstruct": "tomogram.h5", "integrate": "patterns.h5"}


class Scans:
    """Makes the frames once, and what a page needs of them in a folder of its own."""

    def __init__(self, xrdct, folder):
        self.xrdct, self.folder = xrdct, folder
        words = ["--shape", *map(str, SHAPE), "--rotations", str(ROTATIONS), "--translations", str(TRANSLATIONS),
                 "--distance", "0.04", "--step", "0.25", "--log-level", "error", "--threads", "1"]
        subprocess.run([xrdct, "simulate", "-o", folder, *words], check=True)
        with h5py.File(self.path("scan.h5")) as file:
            group = file["1.1/measurement"]
            stored = group["detector"].id
            self.chunks = [stored.read_direct_chunk((k, 0, 0))[1] for k in range(ROTATIONS * TRANSLATIONS)]
            self.rotation, self.translation, self.monitor = (group[name][()] for name in ("rot", "dty", "fpico6"))
        with open(self.path("geometry.poni")) as file:
            self.poni = file.read()

    def path(self, name):
        return os.path.join(self.folder, name)

    def beside(self, folder):
        """Geometry and mask."""
        for name in ("geometry.poni", "mask.edf"):
            if not os.path.exists(os.path.join(folder, name)):
                os.symlink(self.path(name), os.path.join(folder, name))

    def frames_dataset(self, file, path, first=0, count=None, mark=None):
        """Frames as bitshuffle-LZ4 chunks, as detectors write them. `mark` is a pixel without a measurement."""
        count = len(self.chunks) if count is None else count
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((1, *SHAPE))
        given = (0, 2) if h5py.h5z.filter_avail(BITSHUFFLE) else (0, 3, 4, 0, 2)
        creation.set_filter(BITSHUFFLE, h5py.h5z.FLAG_OPTIONAL, given)
        links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
        links.set_create_intermediate_group(True)
        dataset = h5py.h5d.create(file.id, path.encode(), h5py.h5t.STD_U32LE,
                                  h5py.h5s.create_simple((count, *SHAPE)), dcpl=creation, lcpl=links)
        for k in range(count):
            dataset.write_direct_chunk((k, 0, 0), self.chunks[first + k], 0)

    def images(self):
        """Counts, decoded by a result of the program's own reader: by h5py where it has the filter."""
        with h5py.File(self.path("scan.h5")) as file:
            return file["1.1/measurement/detector"][()]


def general(scans, folder):
    """What README speaks of: a scan, what is made of it, a series of CBF files, a list of positions, an image."""
    scans.beside(folder)
    with h5py.File(os.path.join(folder, "scan.h5"), "w") as file:
        scans.frames_dataset(file, "/1.1/measurement/eiger")
        group = file["1.1/measurement"]
        group["rot"], group["dty"], group["fpico6"] = scans.rotation, scans.translation, scans.monitor
        group["dty"].attrs["units"] = "mm"
    os.symlink("scan.h5", os.path.join(folder, "SCAN.h5"))
    for command, result in RESULTS.items():
        subprocess.run([scans.xrdct, command, "scan.h5", "--poni", "geometry.poni", "--mask", "mask.edf", "-o", result,
                        "--log-level", "error", "--threads", "1"], check=True, cwd=folder)
    cbf_series(scans, folder, "scan_{:05d}.cbf")
    os.symlink("scan_00001.cbf", os.path.join(folder, "image.cbf"))
    np.savetxt(os.path.join(folder, "x.txt"), scans.translation)


def nothing(scans, folder):
    """For pages that make all they need."""


def bliss(scans, folder):
    """A BLISS session's file: a line at constant dty each entry, frames linked from files beside it."""
    scans.beside(folder)
    with h5py.File(os.path.join(folder, "sample_0001.h5"), "w") as master:
        for line in range(ROTATIONS):
            place = slice(line * TRANSLATIONS, (line + 1) * TRANSLATIONS)
            raw = f"scan{line + 1:04d}"
            os.mkdir(os.path.join(folder, raw))
            with h5py.File(os.path.join(folder, raw, "eiger_0000.h5"), "w") as file:
                scans.frames_dataset(file, "/entry_0000/measurement/data", place.start, TRANSLATIONS)
            entry = master.create_group(f"{line + 1}.1")
            entry.attrs["NX_class"] = "NXentry"
            entry["title"] = f"fscan dty -0.2 0.05 {TRANSLATIONS} 0.01"
            measurement = entry.create_group("measurement")
            measurement["eiger"] = h5py.ExternalLink(f"{raw}/eiger_0000.h5", "/entry_0000/measurement/data")
            measurement["dty"], measurement["fpico6"] = scans.translation[place], scans.monitor[place]
            measurement["dty"].attrs["units"] = "mm"
            positioners = entry.create_group("instrument/positioners")
            positioners["rot"], positioners["dty"] = scans.rotation[place][0], scans.translation[place]
            positioners["pz"] = 1.5
            positioners["rot"].attrs["units"] = "deg"


def nxmx(scans, folder):
    """A DECTRIS master with files of data, its detector described by NXmx fields, and no positions."""
    pixel, per_file = 172e-6, 30
    geometry = dict(line.split(": ", 1) for line in scans.poni.splitlines() if ": " in line)
    with h5py.File(os.path.join(folder, "sample_master.h5"), "w") as master:
        for number, first in enumerate(range(0, len(scans.chunks), per_file), 1):
            name = f"data_{number:06d}"
            with h5py.File(os.path.join(folder, f"sample_{name}.h5"), "w") as file:
                scans.frames_dataset(file, "/entry/data/data", first, min(per_file, len(scans.chunks) - first))
            master[f"entry/data/{name}"] = h5py.ExternalLink(f"sample_{name}.h5", "/entry/data/data")
        master["entry"].attrs["NX_class"] = "NXentry"
        master["entry"].attrs["default"] = "data"
        detector = master.create_group("entry/instrument/detector")
        master["entry/instrument"].attrs["NX_class"] = "NXinstrument"
        detector.attrs["NX_class"] = "NXdetector"
        detector["description"] = "Eiger2 (simulated)"
        for name, value, unit in (("x_pixel_size", pixel, "m"), ("y_pixel_size", pixel, "m"),
                                  ("detector_distance", float(geometry["Distance"]), "m"),
                                  ("beam_center_x", float(geometry["Poni2"]) / pixel, "pixel"),
                                  ("beam_center_y", float(geometry["Poni1"]) / pixel, "pixel"),
                                  ("count_time", 0.01, "s")):
            detector[name] = value
            detector[name].attrs["units"] = unit
        mask = np.zeros(SHAPE, np.uint32)
        mask[3, 5] = mask[20, 40] = 2
        detector["detectorSpecific/pixel_mask"] = mask
        detector["detectorSpecific/countrate_correction_count_cutoff"] = 100000
        detector["bit_depth_image"] = 32
        beam = master.create_group("entry/instrument/beam")
        beam.attrs["NX_class"] = "NXbeam"
        beam["incident_wavelength"] = float(geometry["Wavelength"]) * 1e10
        beam["incident_wavelength"].attrs["units"] = "angstrom"
    with open(os.path.join(folder, "geometry.poni"), "w") as file:
        file.write(scans.poni)
    np.savetxt(os.path.join(folder, "omega.txt"), scans.rotation)
    np.savetxt(os.path.join(folder, "samx.txt"), scans.translation)


def cbf(scans, folder):
    """A series of CBF files by a Pilatus, whose headers say the angle."""
    scans.beside(folder)
    cbf_series(scans, folder, "sample_{:05d}.cbf")
    np.savetxt(os.path.join(folder, "x.txt"), scans.translation)
    np.savetxt(os.path.join(folder, "i0.txt"), scans.monitor)


def byte_offset(image):
    """X-CBF_BYTE_OFFSET: differences in one byte, or 0x80 and two where they are larger."""
    flat = image.astype(np.int32).ravel()
    differences = np.diff(flat, prepend=0)
    small = np.abs(differences) <= 127
    assert np.abs(differences).max() < 2**15
    ends = np.cumsum(np.where(small, 1, 3))
    starts = ends - np.where(small, 1, 3)
    coded = np.zeros(ends[-1], np.uint8)
    coded[starts[small]] = differences[small].astype(np.int8).view(np.uint8)
    large = differences[~small].astype("<i2").view(np.uint8).reshape(-1, 2)
    coded[starts[~small]] = 0x80
    coded[starts[~small] + 1], coded[starts[~small] + 2] = large[:, 0], large[:, 1]
    return coded.tobytes()


def cbf_series(scans, folder, pattern):
    for k, image in enumerate(scans.images()):
        coded = byte_offset(image)
        step = 180 / ROTATIONS
        header = (f"###CBF: VERSION 1.5\r\ndata_scan\r\n\r\n_array_data.header_convention \"PILATUS_1.2\"\r\n"
                  f"_array_data.header_contents\r\n;\r\n# Detector: simulated\r\n# Exposure_time 0.0100 s\r\n"
                  f"# Wavelength 0.2 A\r\n# Phi {scans.rotation[k]:.4f} deg.\r\n"
                  f"# Start_angle {scans.rotation[k] - step / 2:.4f} deg.\r\n# Angle_increment {step:.4f} deg.\r\n"
                  f"# Flux {scans.monitor[k]:.0f}\r\n;\r\n\r\n_array_data.data\r\n;\r\n--CIF-BINARY-FORMAT-SECTION--\r\n"
                  f"Content-Type: application/octet-stream;\r\n     conversions=\"x-CBF_BYTE_OFFSET\"\r\n"
                  f"Content-Transfer-Encoding: BINARY\r\nX-Binary-Size: {len(coded)}\r\nX-Binary-ID: 1\r\n"
                  f"X-Binary-Element-Type: \"signed 32-bit integer\"\r\nX-Binary-Element-Byte-Order: LITTLE_ENDIAN\r\n"
                  f"X-Binary-Number-of-Elements: {image.size}\r\nX-Binary-Size-Fastest-Dimension: {image.shape[1]}\r\n"
                  f"X-Binary-Size-Second-Dimension: {image.shape[0]}\r\n\r\n").encode()
        with open(os.path.join(folder, pattern.format(k + 1)), "wb") as file:
            file.write(header + b"\x0c\x1a\x04\xd5" + coded + b"\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n")


LAYOUTS = {"docs/tutorial.md": nothing, "docs/guides/esrf-bliss.md": bliss, "docs/guides/dectris-nxmx.md": nxmx,
           "docs/guides/cbf-series.md": cbf}


def fill(page, scans, folder):
    """What the page of that name speaks of."""
    LAYOUTS.get(page, general)(scans, folder)
