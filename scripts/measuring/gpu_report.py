#!/usr/bin/env python3
"""What scripts/gpu-check found, as docs/gpu-results.md: gpu_report.py FOLDER prints it.

FOLDER has a file for each thing that was run, STEP.NAME with what it printed and STEP.NAME.code with how it ended. What was not
run is not there, and said to be so: nothing is estimated.
"""

import pathlib
import re
import sys


class Found:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def text(self, name):
        """What it printed; None where it was not run or failed."""
        file = self.folder / name
        return file.read_text(errors="replace") if file.exists() and self.code(name) in (None, 0) else None

    def code(self, name):
        file = self.folder / (name + ".code")
        return int(file.read_text()) if file.exists() else None

    def values(self, name):
        """{name: [value, ...]} of lines "name<tab>value"."""
        all_values = {}
        for line in (self.text(name) or "").splitlines():
            key, tab, value = line.partition("\t")
            if tab:
                all_values.setdefault(key, []).append(value)
        return all_values

    def number(self, name, key):
        values = self.values(name).get(key)
        return float(values[0]) if values else None

    def total(self, name, key, count):
        """The sum of what `count` processes printed; None unless all of them did."""
        values = self.values(name).get(key, [])
        return sum(map(float, values)) if len(values) == count else None


def shown(value, form="{:.0f}"):
    return "not measured" if value is None else form.format(value)


def per(part, whole):
    return None if part is None or not whole else part / whole


def tests(found):
    yield "| what | result |"
    yield "|---|---|"
    names = {"test.gpu": "suites that run over all backends, with `cuda` among them", "test.resources": "registers and spills"}
    checks = sorted(f.name for f in found.folder.glob("sanitize.*.code"))
    for check in checks:
        tool, _, program = check[len("sanitize."):-len(".code")].partition(".")
        names[f"sanitize.{tool}.{program}"] = f"`compute-sanitizer --tool {tool}` over the `cuda` tests of {program}"
    for name, what in names.items():
        code = found.code(name)
        result = "not run" if code is None else "clean" if code == 0 else f"**failed** (exit code {code})"
        yield f"| {what} | {result} |"
    if not checks:
        yield "| `compute-sanitizer` | not run |"


def same_bytes(found):
    runs = {"1": 1, "7": 1, "32": 1, "again": 1, "fifteen": 15}
    digests = {name: found.values(f"rates.digest.{name}").get("digest", []) for name in runs}
    if any(len(digests[name]) != count for name, count in runs.items()):
        return "not measured"
    return "yes" if len(set(sum(digests.values(), []))) == 1 else "**no**"


def rates(found):
    to_device = found.number("rates.bus", "bytes/s to the device")
    frames = found.number("rates.frames", "frames/s")
    frame_bytes = found.number("rates.frames", "bytes/s of frames")
    yield "| what | value |"
    yield "|---|---|"
    yield f"| pinned memory to the device | {shown(per(to_device, 1e9), '{:.1f} GB/s')} |"
    back = found.number("rates.bus", "bytes/s from the device")
    yield f"| device to pinned memory | {shown(per(back, 1e9), '{:.1f} GB/s')} |"
    distinct = found.number("rates.frames", "distinct frames")
    ratio = found.number("rates.frames", "compressed by")
    yield (f"| frames of 4 Mpx u32, bitshuffle-LZ4, {shown(distinct)} distinct ones compressed by {shown(ratio, '{:.1f}')}, from pinned "
           f"memory to 1000 bins in the host's | {shown(frames, '{:.0f} frames/s')} |")
    yield f"| the same as a part of what the bus carries | {shown(per(frame_bytes, to_device), '{:.2f}')} |"
    yield f"| bad frames among them | {shown(found.number('rates.frames', 'bad frames'))} |"
    yield f"| same bytes in batches of 1, 7 and 32, in another run, and by 15 processes at once | {same_bytes(found)} |"
    for suffix, how in (("", "without MPS"), (".mps", "under MPS")):
        alone = found.total("rates.alone" + suffix, "frames/s of one", 1)
        fifteen = found.total("rates.fifteen" + suffix, "frames/s of one", 15)
        yield (f"| 15 processes together {how} | {shown(fifteen, '{:.0f} frames/s')}, of one alone "
               f"{shown(per(fifteen, alone), '{:.2f}')} |")
    for name in ("to filter", "to back-project", "for both"):
        seconds = found.number("rates.tomogram", "seconds " + name)
        yield f"| 2048 channels of 300² from 300 angles, resident: {name} | {shown(None if seconds is None else seconds * 1e3, '{:.1f} ms')} |"


def report(folder):
    found = Found(folder)
    name = found.values("name").get("device", [None])[0]
    if name is None:
        raise SystemExit(f"gpu_report.py: {folder} does not say on which device: run scripts/gpu-check build first")
    capability = found.values("name").get("compute capability", ["?"])[0]
    compiler = re.search(r"CUDA compiler identification is NVIDIA ([\d.]+)", found.text("build.configure") or "")
    lines = ["# The GPU backend on a GPU", "",
             f"What `scripts/gpu-check` found on one **{name}** (compute capability {capability}"
             + (f", compiled by CUDA {compiler.group(1)}" if compiler else "") + ").", "",
             "## Tests", "", *tests(found), "", "## Rates", "", *rates(found), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("gpu_report.py FOLDER")
    print(report(sys.argv[1]), end="")
