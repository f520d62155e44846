"""What a measurement was made on and with."""

import os
import platform
import subprocess


# What xrdct has code of its own for, the widest first: the name in tables, and a flag of /proc/cpuinfo.
INSTRUCTIONS = {"AVX-512 VBMI": "avx512_vbmi", "AVX-512": "avx512f", "AVX2": "avx2", "SSE4": "sse4_1"}


def describe():
    """Model of the processor, its widest instructions ("" where unknown), and the cores that this process may use."""
    flags = _of_processor("flags").split()
    widest = next((name for name, flag in INSTRUCTIONS.items() if flag in flags), "")
    return {"processor": _model(), "instructions": widest, "cores": len(os.sched_getaffinity(0))}


def text(machine):
    instructions = f" with {machine['instructions']}" if machine.get("instructions") else ""
    return f"{machine['processor']}{instructions}, {machine['cores']} cores"


def version_of(program):
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _model():
    return _of_processor("model name") or platform.processor() or platform.machine()


def _of_processor(what):
    """What /proc/cpuinfo says of the first processor; "" where it does not."""
    try:
        with open("/proc/cpuinfo") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.split(":")[0].strip() == what), "")
    except OSError:
        return ""
