"""The Spack recipe and the Apptainer definition ask for what the build needs, and their checks run.

usage: recipes_test.py XRDCT ROOT
The recipe is read with stand-ins for Spack's directives; neither Spack nor Apptainer is needed.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import unittest

XRDCT, ROOT = os.path.abspath(sys.argv.pop(1)), pathlib.Path(sys.argv.pop(1)).resolve()
DEFINITION = ROOT / "scripts/xrdct.def"

# What a Debian package that scripts/setup installs is called in Spack.
IN_SPACK = {"g++": "cxx", "cmake": "cmake", "ninja-build": "ninja", "pkg-config": "pkgconfig", "libopenmpi-dev": "mpi",
            "openmpi-bin": "mpi", "libhdf5-openmpi-dev": "hdf5", "libboost-program-options-dev": "boost", "liblz4-dev": "lz4",
            "libzstd-dev": "zstd", "zlib1g-dev": "zlib-api", "libbz2-dev": "bzip2", "libblosc-dev": "c-blosc",
            "libhwy-dev": "highway", "libspdlog-dev": "spdlog", "nlohmann-json3-dev": "nlohmann-json", "libpng-dev": "libpng",
            "libtiff-dev": "libtiff"}


class Executable:
    """Runs the program that was built, whatever the prefix."""

    def __init__(self, path):
        assert os.path.basename(path) == "xrdct", path

    def __call__(self, *words):
        subprocess.run([XRDCT, *words], check=True, capture_output=True)


class CMakePackage:
    prefix = types.SimpleNamespace(bin=types.SimpleNamespace(xrdct="/prefix/bin/xrdct"))

    @staticmethod
    def define(name, value):
        return f"-D{name}:BOOL={'ON' if value else 'OFF'}"


def read_recipe():
    """The recipe's class, and the directives in it: [(name, words, options)]."""
    said = []

    def directive(name):
        return lambda *words, **options: said.append((name, words, options))

    def decorator(*_, **__):
        return lambda function: function

    package = types.ModuleType("spack.package")
    for name in ("license", "version", "depends_on", "generator"):
        setattr(package, name, directive(name))
    package.run_after = package.on_package_attributes = decorator
    package.CMakePackage, package.Executable = CMakePackage, Executable
    sys.modules["spack"], sys.modules["spack.package"] = types.ModuleType("spack"), package
    path = ROOT / "scripts/spack/packages/xrdct/package.py"
    names = {"__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), names)  # as Spack does
    return names["Xrdct"], said


def sections():
    """[(header, {section: text})] of the definition's stages."""
    stages = []
    for text in re.split(r"^(?=Bootstrap:)", DEFINITION.read_text(), flags=re.M)[1:]:
        head, *parts = re.split(r"^%(\w+)(.*)$", text, flags=re.M)
        stages.append((head, {name: (rest.strip(), body) for name, rest, body in zip(*[iter(parts)] * 3)}))
    return stages


class Recipes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="xrdct-recipes-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        setup = subprocess.run([ROOT / "scripts/setup", "--list", "--build"], capture_output=True, text=True, check=True)
        self.packages = setup.stdout.split()

    def test_spack_asks_for_what_is_built_with(self):
        recipe, said = read_recipe()
        asked = {re.match(r"[a-z0-9-]+", words[0])[0] for name, words, _ in said if name == "depends_on"}
        self.assertEqual(asked - {"c"}, {IN_SPACK[name] for name in self.packages})
        self.assertIn(("hdf5@1.10: +mpi",), [words for name, words, _ in said if name == "depends_on"])
        required = re.search(r"cmake_minimum_required\(VERSION ([0-9.]+)\)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertIn((f"cmake@{required}:",), [words for name, words, _ in said if name == "depends_on"])
        self.assertEqual(recipe.git, f"file://{ROOT}")
        self.assertIn("MIT", (ROOT / "LICENSE").read_text())
        for argument in recipe().cmake_args():
            option = re.fullmatch(r"-D(\w+):BOOL=(ON|OFF)", argument)[1]
            self.assertIn(f"option({option} ", (ROOT / "CMakeLists.txt").read_text())
        self.assertEqual((ROOT / "scripts/spack/repo.yaml").read_text().split(), ["repo:", "namespace:", "xrdct"])

    def test_what_spack_installed_is_checked(self):
        recipe, _ = read_recipe()
        os.chdir(self.folder)
        recipe().check_program()
        self.assertTrue(os.path.getsize("tomogram.h5") > 0)
        os.chdir("/")

    def test_apptainer_builds_and_installs_the_package(self):
        (_, build), (head, final) = sections()
        self.assertEqual(build["files"][1].split(), [".", "/xrdct"])
        steps = build["post"][1]
        self.assertLess(steps.index("scripts/setup --build"), steps.index("cmake --preset release"))
        presets = json.loads((ROOT / "CMakePresets.json").read_text())
        self.assertIn("release", [preset["name"] for preset in presets["configurePresets"]])
        self.assertIn("debian:bookworm", head)
        self.assertEqual(final["files"][0], "from build")
        self.assertIn("/packages/xrdct_*.deb", final["post"][1])
        self.assertIn("cpack -G DEB -B /packages", steps)
        self.assertRegex(steps, r"apt-get install .* dpkg-dev file\b")  # CPack asks both what a package depends on
        for stage in (build, final):
            for name, (_, text) in stage.items():
                if name in ("post", "test", "runscript"):
                    subprocess.run(["bash", "-n"], input=text, text=True, check=True)

    def test_what_apptainer_checks_runs(self):
        os.mkdir(os.path.join(self.folder, "bin"))
        os.symlink(XRDCT, os.path.join(self.folder, "bin", "xrdct"))
        done = subprocess.run(["sh", "-e"], input=sections()[1][1]["test"][1], text=True, capture_output=True, timeout=120,
                              env={**os.environ, "TMPDIR": self.folder, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("tomogram.png", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
