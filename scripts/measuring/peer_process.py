"""The other end of peers.py: starts one of the other programs and has it do frames."""

import contextlib
import json
import pathlib
import subprocess
import sys

import program_runs


class PeerProcess:
    def __init__(self, name, frames, threads, bins):
        words = [sys.executable, pathlib.Path(__file__).with_name("peers.py"), name, threads, bins]
        words += [frames.file, frames.dataset, frames.poni, frames.mask]
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        answer = self._answer()
        self.name = answer.get("ready")
        self.absent = answer.get("absent")  # why, where there is no such program here

    def _answer(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"absent": "its process ended; python3 scripts/measuring/peers.py tells why"}

    def _ask(self, words):
        answer = {}
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(words + "\n")
            self.process.stdin.flush()
            answer = self._answer()
        if not answer or "absent" in answer:
            raise program_runs.ProgramFailed(f"{self.name}: its process ended in the middle of its work; is there enough memory?")
        return answer

    def rate(self, count):
        """Frames a second over `count` frames."""
        answer = self._ask(str(count))
        return answer["frames"] / answer["seconds"]

    def patterns(self, count):
        """Name of a temporary file, which is the caller's to remove."""
        return self._ask(f"patterns {count}")["patterns"]

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
