"""Whether patterns of xrdct are those of pyFAI, before anything is timed."""

import os

import numpy

import program_runs

INTENSITY = 1e-6  # relative, of every bin: both write float32, which alone makes 1e-7
SIGMA = 1e-6


class Disagreement(Exception):
    """By how much, and where."""


def compare(program, frames, peer, folder, bins, count):
    """Largest relative differences {"intensity", "sigma", "frames", "bins"}. Raises Disagreement beyond the limits."""
    path = peer.patterns(count)
    try:
        with numpy.load(path) as file:
            theirs = {name: file[name] for name in ("intensity", "sigma", "count")}
    finally:
        os.unlink(path)
    # pyFAI before 2025.12 takes the pixels' centres in single precision.
    program_runs.integrate(program, frames, folder, bins, "--positions", "single")
    ours = program_runs.patterns_of(folder)
    filled = (theirs["count"] > 0) & (ours["count"][:count] > 0)
    if filled.mean() < 0.5:
        raise Disagreement("fewer than half of the bins have pixels in both programs")
    found = {
        "intensity": _worst(ours["intensity"][:count], theirs["intensity"], filled),
        "sigma": _worst(ours["intensity_errors"][:count], theirs["sigma"], filled),
        "frames": count,
        "bins": int(filled.sum()),
    }
    for name, limit in (("intensity", INTENSITY), ("sigma", SIGMA)):
        if not found[name] < limit:
            raise Disagreement(f"{name} differs from pyFAI's by {found[name]:.1e} of its value, more than {limit:g}")
    return found


def _worst(ours, theirs, filled):
    ours, theirs = ours[filled].astype(float), theirs[filled].astype(float)
    return float(numpy.max(numpy.abs(ours - theirs) / numpy.maximum(numpy.abs(theirs), 1e-3 * numpy.abs(theirs).max())))
