# Everything the project needs from elsewhere, each a Debian package (README: what each is for). Projects that use the
# installed libraries find it by this file too.
include_guard()

find_package(Threads REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
set(HDF5_PREFER_PARALLEL ON)
find_package(HDF5 REQUIRED COMPONENTS C)
if(NOT HDF5_IS_PARALLEL)
  message(FATAL_ERROR "The HDF5 library found is serial, but results are written by all ranks together.\n"
                      "Install the parallel one (Debian: libhdf5-openmpi-dev), or run scripts/setup.")
endif()
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PNG REQUIRED)
find_package(TIFF REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(ZLIB REQUIRED)
find_package(BZip2 REQUIRED)
pkg_check_modules(lz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(blosc REQUIRED IMPORTED_TARGET blosc)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
if(XRDCT_TESTS)
  find_package(GTest REQUIRED)
  pkg_check_modules(lzf REQUIRED IMPORTED_TARGET liblzf)
endif()

# HDF5 with the C interface only; the MPI it was built with comes along.
add_library(xrdct_hdf5 INTERFACE IMPORTED)
target_include_directories(xrdct_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(xrdct_hdf5 INTERFACE ${HDF5_C_LIBRARIES} MPI::MPI_C)
# mpi.h declares the C++ interface that MPI dropped long ago, unless told not to; what it declares then is not linked.
target_compile_definitions(xrdct_hdf5 INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
