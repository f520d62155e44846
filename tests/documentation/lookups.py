"""What a reader can look up: the options of every command, and whether a word on a page is one of them."""
import os
import re
import subprocess

OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")

# Options of other programs that pages mention.
OTHERS = {
    "cmake": {"build", "fresh", "install", "prefix", "preset", "target"},
    "ctest": {"preset"},
    "Slurm": {"array", "constraint", "mem-per-cpu", "mpi", "nodes", "requeue", "signal", "time"},
    "mpirun": {"oversubscribe", "map-by"},
    "git": {"recursive"},
}


class Program:
    """The options of xrdct and of the scripts, by asking them."""

    def __init__(self, xrdct, root):
        self.xrdct, self.root = xrdct, root
        text = self.ask(xrdct, "--help")
        commands = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.M)[1]
        self.help = {name: self.ask(xrdct, name, "--help") for name in re.findall(r"^  ([a-z]+) ", commands, re.M)}
        self.options = {name: set(re.findall(r"^  (?:-o, )?--([a-z0-9-]+)", text, re.M)) | {"help", "version"}
                        for name, text in self.help.items()}
        self.any = set().union(*self.options.values()) | {"man", "completion"}
        self.scripts = {}

    @staticmethod
    def ask(*words):
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout

    def takes(self, command):
        """Names of values of each option: {"bins": "N"}."""
        return dict(re.findall(r"^  (?:-o, )?--([a-z0-9-]+) ([A-Z|a-z:.]+(?: [A-Z0-9]+)*)", self.help[command], re.M))

    def script_options(self, name, word):
        """Of scripts/NAME WORD, by its help, or what its first lines say; None where there is no such file."""
        path = os.path.join(self.root, "scripts", name)
        if not os.path.exists(path):
            return None
        if os.path.isdir(path) or not os.access(path, os.X_OK):
            return {"help"}
        if (name, word) not in self.scripts:
            with open(path) as file:
                text = "".join(line for line in file if line.startswith("#"))
            helped = [path, word, "--help"] if name == "compare" and word not in ("", "document") else [path, "--help"]
            if name in ("compare", "scaling"):
                done = subprocess.run(helped, capture_output=True, text=True, timeout=60)
                text += done.stdout + done.stderr
            self.scripts[name, word] = set(OPTION.findall(text)) | {"help"}
        return self.scripts[name, word]

    def unknown(self, line):
        """Options of a command line, or of several in one, that their programs do not have."""
        return [name for part in re.split(r"; |&& |\| ", line) for name in self.unknown_in(part)]

    def unknown_in(self, line):
        words = line.split()
        given = OPTION.findall(line)
        for place, word in enumerate(words):
            if re.fullmatch(r"(.*/)?xrdct", word):
                command = words[place + 1] if place + 1 < len(words) else ""
                own = OPTION.findall(" ".join(words[place:]))
                return [name for name in own if name not in self.options.get(command, self.any)]
            if word.startswith("slurm/") and word.endswith(".sbatch"):
                kind = "reconstruct" if "reconstruct" in word else None
                own = OPTION.findall(" ".join(words[place:]))
                known = self.options[kind] if kind else self.script_options("scaling", "")
                return [name for name in own if name not in known]
            if word.startswith("scripts/"):
                name = word[len("scripts/"):]
                known = self.options["reconstruct"] if name == "run" else self.script_options(
                    name, words[place + 1] if place + 1 < len(words) else "")
                if known is None:
                    return [word]
                return [name for name in given if name not in known]
        return [name for name in given if not self.anywhere(name)]

    def anywhere(self, name):
        """Whether any program has it: of words in a sentence."""
        if name in self.any or any(name in known for known in OTHERS.values()):
            return True
        for script in ("setup", "fuzz", "compare", "scaling"):
            for word in ("frames", "cbf", "tomograms") if script == "compare" else ("",):
                if name in (self.script_options(script, word) or ()):
                    return True
        return False
