"""What a measurement was made on and with."""

import os
import platform
import subprocess


def describe():
    """Model of the processor, and the cores that this process may use."""
    return {"processor": _model(), "cores": len(os.sched_getaffinity(0))}


def text(machine):
    return f"{machine['processor']}, {machine['cores']} cores"


def version_of(program):
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _model():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
