# What the backends and their tests need, and no more (XRDCT_KERNELS_ONLY): for a machine with a GPU that lacks the rest.
# Headers and libraries are looked for in CMAKE_PREFIX_PATH too; scripts/gpu-check --kit packs them on another machine.
include_guard()

find_package(Threads REQUIRED)

# xrdct_plain_library(NAME HEADER FILES...): the target that pkg-config makes of a library elsewhere.
function(xrdct_plain_library name header)
  find_path(${name}_FOLDER ${header} REQUIRED)
  find_library(${name}_LIBRARY NAMES ${ARGN} REQUIRED)
  add_library(PkgConfig::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(PkgConfig::${name} INTERFACE ${${name}_FOLDER})
  target_link_libraries(PkgConfig::${name} INTERFACE ${${name}_LIBRARY})
endfunction()
xrdct_plain_library(lz4 lz4.h lz4)
xrdct_plain_library(zstd zstd.h zstd)
xrdct_plain_library(hwy hwy/highway.h hwy)

if(XRDCT_TESTS)
  find_package(GTest QUIET)
  if(NOT TARGET GTest::gmock)
    set(XRDCT_GTEST "" CACHE PATH "The sources of GoogleTest")
    if(NOT EXISTS ${XRDCT_GTEST}/CMakeLists.txt)
      message(FATAL_ERROR "GoogleTest is not installed: name the folder of its sources (-D XRDCT_GTEST=FOLDER)")
    endif()
    set(INSTALL_GTEST OFF)
    add_subdirectory(${XRDCT_GTEST} ${PROJECT_BINARY_DIR}/gtest EXCLUDE_FROM_ALL)
    foreach(library IN ITEMS gtest gmock)
      if(NOT TARGET GTest::${library})
        add_library(GTest::${library} ALIAS ${library})
      endif()
    endforeach()
  endif()
endif()
