"""Writes docs/performance.md and its plots from what `scripts/compare frames --json FILE.json` measured.

The document's words are here, its numbers come from the file.
"""

import argparse
import json
import pathlib

import figures
import machine
import scaling_model
import scaling_report
import tomograms

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"

HEAD = """# How fast it is

{version} on {machine}, {threads} threads; medians of {rounds} rounds in which all programs take turns on the same
frames in the same run. `scripts/compare frames --sweep --json FILE.json --document` measures all of this again and writes
this page; `scripts/compare frames --quick` prints the tables in three minutes.

Frames are made from a fixed seed: powder rings with Poisson counts on an Eiger 4M (2167 × 2070 pixels) or a Pilatus 2M (1679 ×
1475), compressed by bitshuffle and LZ4; *bright* ones have reflections of single crystals, so that 1 % of their pixels hold
more than 255 counts, up to 100,000. Patterns have {bins} bins in q, pixels are split by their bounding box, errors are
Poisson's. *LZ4 alone* is the system's `LZ4_decompress_safe` on the same chunks in memory with as many threads: what
any program pays that decodes with it, before it looks at a pixel. Files are in the page cache, into which they have been
read (where writing has left a file there, in small pages, reading it takes 1.7 times as long).
"""

AGREEMENT = """Before anything is timed, patterns are compared with those of pyFAI: {what}.
"""

TARGETS = """
## Targets

"""

RATES = """
## Rates

Frames a second, and in parentheses the share of the rate of LZ4 alone. *File to sinogram* is the stage `reduce` of
`xrdct integrate`: reading, decoding, integrating, handing over to the sinogram. *File to result file* is the whole program, with
its start, the geometry of the detector, and the result written. pyFAI's loop reads through h5py with the bitshuffle filter
and integrates by `integrate1d`, which has as many threads as it wants; with *direct chunks* every thread reads chunks as they
are stored, decodes by bitshuffle's function and integrates.

"""

SWEEPS = """
## How cost grows

4M u32 frames, unless it says otherwise: with the number of frames, the pixels of the detector (Eiger 500k to 9M), the bins,
and the threads.

![seconds beside frames, milliseconds a frame beside pixels and bins, frames a second beside threads](performance_sweeps.svg)

"""


SCALING = """
## Over ranks and nodes

`scripts/scaling` (on a cluster: `sbatch slurm/scaling.sbatch`) measures this: {version} on {nodes}, {cores} cores each,
ranks of {threads}. {remark}`scripts/scaling --help` states the model that is fitted, and its units.

![efficiency beside cores, measured and modelled; predicted seconds beside nodes](performance_scaling.svg)

```text
{text}
```
"""

OTHER_MACHINES = """
## On other machines
"""

OTHER_MACHINE = """
{version} on {machine}, {threads} threads; medians of {rounds} rounds. {note}

"""

TOMOGRAMS = """
## Filtered back-projection

{version} on {machine}, {threads} threads: a sinogram of {channels} channels, {rotations} rotations of {size} translations, to a
tomogram of {size} × {size} pixels, from memory to memory (`xrdct bench --stage filter,backproject,errors`); intensities alone, and
with their errors propagated. Other programs reconstruct channel by channel, and are measured on a few. Medians of {rounds}
rounds in turns; `scripts/compare tomograms --json FILE.json` measures this. {remark}

"""


def markdown(rows):
    """A table; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0])] + lines[1:]) + "\n"


def agreement_text(found):
    said = []
    for entry in found["kinds"].values():
        if "agreement" in entry:
            of = entry["agreement"]
            said.append(f"{entry['label']} to {of['intensity']:.0e} in intensity and {of['sigma']:.0e} in σ")
    return AGREEMENT.format(what="; ".join(said)) if said else ""


def kinds_text(found):
    rows = [["frames", "pixels", "KB compressed", "compressed by", "frames of a run"]]
    for entry in found["kinds"].values():
        rows.append([entry["label"], f"{entry['pixels']:,}", f"{entry['bytes'] / 1e3:.0f}", f"{entry['ratio']:.2f}",
                     f"{entry['frames']:,}"])
    return markdown(rows)


def targets_text(found, without_skipped=False):
    rows = [["", "measured", "target", "goal", "met"]]
    for line in figures.target_lines(found):
        if not (without_skipped and figures.verdict(line) == "skipped"):
            rows.append([line.what, line.measured, line.target, line.goal, figures.verdict(line)])
    return markdown(rows)


def sweep_rows(found):
    sweeps = found["sweeps"]
    rows = [["4M u32", "frames", "file to sinogram, s", "file to result file, s", "highest memory, MB"]]
    for run in sweeps["frames"]:
        rows.append(["", f"{run['frames']:,}", f"{run['reduce_seconds']:.2f}", f"{run['seconds']:.2f}",
                     f"{run['peak'] / 1e6:.0f}"])
    yield rows
    for name, what in (("pixels", "pixels"), ("bins", "bins"), ("threads", "threads")):
        rows = [[what, *(f"{figures.PROGRAMS[program]}, frames/s" for program in ("memory", "lz4", "loop_csr"))]]
        for run in sweeps[name]:
            rates = [figures.rate_text(run[key]) if run.get(key) else "" for key in ("memory", "lz4", "loop")]
            rows.append([f"{run[name]:,}", *rates])
        yield rows


def without_empty_columns(rows):
    kept = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    return [[row[i] for i in kept] for row in rows]


def scaling_text(study):
    """The section on a study that `scripts/scaling --json` kept."""
    runs = study["runs"]
    coefficients, others = study["coefficients"], scaling_model.refits(runs)
    parts = [scaling_report.series_text(runs, series, coefficients) for series in ("strong", "weak")]
    parts.append(scaling_report.coefficients_text(coefficients, others))
    parts.append(scaling_report.prediction_text(study["prediction"], [run["nodes"] for run in runs]))
    nodes, threads = max(run["nodes"] for run in runs), runs[0]["threads"]
    return SCALING.format(version=study["version"], text="\n\n".join(parts), cores=study["cores_a_node"],
                          nodes="one node" if nodes == 1 else f"1 to {nodes} nodes",
                          threads="one thread" if threads == 1 else f"{threads} threads",
                          remark=study.get("remark", "") and study["remark"] + " ")


def tomograms_text(measured):
    """The section on what `scripts/compare tomograms --json` kept."""
    rotations, size, channels = measured["shape"]
    return TOMOGRAMS.format(version=measured["version"], machine=machine.text(measured["machine"]), rotations=rotations,
                            size=size, channels=f"{channels:,}", threads=measured["threads"], rounds=measured["rounds"],
                            remark=measured.get("remark", "")) + markdown(tomograms.rows(measured))


def other_machines_text(others):
    """The section on what `scripts/compare frames --json` kept elsewhere."""
    page = OTHER_MACHINES
    for found in others:
        page += OTHER_MACHINE.format(machine=machine.text(found["machine"]), note=found.get("note", ""),
                                     **{key: found[key] for key in ("version", "threads", "rounds")})
        page += targets_text(found, without_skipped=True) + "\n" + markdown(figures.rate_rows(found))
    return page


def text(found):
    """The whole document."""
    page = HEAD.format(machine=machine.text(found["machine"]), **{key: found[key] for key in
                                                                  ("version", "threads", "rounds", "bins")})
    if found.get("note"):
        page += f"\n{found['note']}\n"
    page += "\n" + kinds_text(found) + "\n" + agreement_text(found)
    page += TARGETS + targets_text(found)
    page += RATES + markdown(figures.rate_rows(found))
    page += "\n![frames a second of every program](performance_rates.svg)\n"
    if found.get("others"):
        page += other_machines_text(found["others"])
    if found.get("sweeps"):
        page += SWEEPS + "\n".join(markdown(without_empty_columns(rows)) for rows in sweep_rows(found))
    if found.get("scaling"):
        page += scaling_text(found["scaling"])
    if found.get("tomograms"):
        page += tomograms_text(found["tomograms"])
    if found["skipped"]:
        page += "\n## Skipped\n\n" + "".join(f"- {what}: {why}\n" for what, why in found["skipped"].items())
    return page


def write(found, folder=DOCS):
    import plots

    plots.draw_rates(found, str(folder / "performance_rates.svg"))
    if found.get("sweeps"):
        plots.draw_sweeps(found, str(folder / "performance_sweeps.svg"))
    if found.get("scaling"):
        study = found["scaling"]
        scaling_report.draw(study["runs"], study["coefficients"], study["prediction"], folder / "performance_scaling.svg")
    (folder / "performance.md").write_text(text(found))


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare document", description=__doc__)
    parser.add_argument("file", type=pathlib.Path, help="what `scripts/compare frames --json FILE.json` wrote")
    parser.add_argument("--scaling", type=pathlib.Path, metavar="STUDY.json",
                        help="what `scripts/scaling --json STUDY.json` wrote: a section on it is added")
    parser.add_argument("--tomograms", type=pathlib.Path, metavar="TOMOGRAMS.json",
                        help="what `scripts/compare tomograms --json TOMOGRAMS.json` wrote: a section on it is added")
    parser.add_argument("--other", type=pathlib.Path, metavar="OTHER.json", action="append", default=[],
                        help="the same from another machine: a section on it is added; may be given several times")
    parser.add_argument("--note", default="", help="a sentence on the conditions of the measurement")
    parser.add_argument("--remark", default="", help="a sentence on where that study was made")
    parser.add_argument("--folder", type=pathlib.Path, default=DOCS, help="by default docs")
    arguments = parser.parse_args()
    found = load(parser, arguments.file, "kinds", "scripts/compare frames --json")
    if arguments.note:
        found["note"] = arguments.note
    found["others"] = [load(parser, other, "kinds", "scripts/compare frames --json") for other in arguments.other]
    if arguments.scaling:
        found["scaling"] = load(parser, arguments.scaling, "prediction", "scripts/scaling --json")
        found["scaling"]["remark"] = arguments.remark
    if arguments.tomograms:
        found["tomograms"] = load(parser, arguments.tomograms, "shape", "scripts/compare tomograms --json")
    write(found, arguments.folder)


def load(parser, path, key, writer):
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        parser.error(f"{path} cannot be read: {problem}")
    if not isinstance(found, dict) or key not in found:
        parser.error(f"{path} is not what {writer} writes")
    return found


if __name__ == "__main__":
    main()
