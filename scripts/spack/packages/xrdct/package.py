# Builds xrdct, as it is committed in the clone that this file belongs to, with Spack:
#
#     spack repo add scripts/spack
#     spack install xrdct
import os

from spack.package import *


class Xrdct(CMakePackage):
    """X-ray diffraction computed tomography, from raw detector frames to the tomogram, on clusters."""

    git = "file://" + os.path.realpath(os.path.join(os.path.dirname(__file__), *[".."] * 4))

    license("MIT")

    version("main", branch="main")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")

    depends_on("mpi")
    depends_on("hdf5@1.10: +mpi")
    depends_on("boost +program_options")
    depends_on("lz4")
    depends_on("zstd")
    depends_on("zlib-api")
    depends_on("bzip2")
    depends_on("c-blosc")
    depends_on("highway")
    depends_on("spdlog")
    depends_on("nlohmann-json")
    depends_on("libpng")
    depends_on("libtiff")

    generator("ninja")

    def cmake_args(self):
        # The tests need GoogleTest, liblzf, Python and a browser, and want two cores for minutes.
        return [self.define("XRDCT_TESTS", False)]

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_program(self):
        """Simulates a small scan and reconstructs it with what was installed."""
        xrdct = Executable(self.prefix.bin.xrdct)
        xrdct("simulate", "-o", "scan", "--translations", "9", "--rotations", "8")
        xrdct("reconstruct", "scan/scan.h5", "--poni", "scan/geometry.poni", "--mask", "scan/mask.edf", "-o", "tomogram.h5")
