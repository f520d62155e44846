# How targets of this project are made: one library a folder, named after it.
include_guard()
include(GNUInstallDirs)

# Where the program's plugins are, as seen from the folder of the program: where it is installed, and in the build tree.
file(RELATIVE_PATH XRDCT_PLUGIN_FOLDER ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/xrdct)
cmake_path(ABSOLUTE_PATH XRDCT_PLUGIN_FOLDER BASE_DIRECTORY ${PROJECT_BINARY_DIR}/bin NORMALIZE
  OUTPUT_VARIABLE XRDCT_PLUGIN_BUILD_FOLDER)

# What every source file of the project is compiled with.
add_library(xrdct_compile_options INTERFACE)
target_compile_features(xrdct_compile_options INTERFACE cxx_std_20)
target_compile_options(xrdct_compile_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${XRDCT_WARNINGS_AS_ERRORS}>:-Werror>
  # GCC 12 sees overlaps in additions of strings that are not there (bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # Formulas are compiled as they are written: a product and a sum are contracted only where the code asks for it,
  # so that results do not depend on what the compiler found.
  -ffp-contract=off)

# The same for .cu files: what nvcc is told, and what it tells the compiler of the host code. Its own lines of code
# are not pedantic.
add_library(xrdct_cuda_options INTERFACE)
target_compile_options(xrdct_cuda_options INTERFACE --expt-relaxed-constexpr -Werror all-warnings --fmad=false
  --resource-usage   -Xcompiler=-Wall,-Wextra,-Wno-restrict,-ffp-contract=off)
if(XRDCT_SANITIZER)
  target_compile_options(xrdct_compile_options INTERFACE -fsanitize=${XRDCT_SANITIZER} -fno-omit-frame-pointer)
  if(XRDCT_SANITIZER MATCHES undefined)
    target_compile_options(xrdct_compile_options INTERFACE -fno-sanitize-recover=all)
  endif()
  target_link_options(xrdct_compile_options INTERFACE -fsanitize=${XRDCT_SANITIZER})
endif()
if(XRDCT_LIBFUZZER)  # all code tells the fuzzer which way it went
  target_compile_options(xrdct_compile_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(xrdct_compile_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Which headers a target's users find: in the source tree, or where the project is installed.
function(xrdct_headers target kind)
  foreach(folder IN LISTS ARGN)
    target_include_directories(${target} ${kind} $<BUILD_INTERFACE:${folder}>)
  endforeach()
  target_include_directories(${target} ${kind} $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endfunction()

# Libraries of the installed CMake package have the names that they have here: xrdct::NAME.
function(xrdct_export target name)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT xrdct ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endfunction()

# xrdct_library(NAME SOURCES file... [PUBLIC target...] [PRIVATE target...]): the static library xrdct_NAME.
function(xrdct_library name)
  cmake_parse_arguments(PARSE_ARGV 1 lib "" "" "SOURCES;PUBLIC;PRIVATE")
  add_library(xrdct_${name} STATIC ${lib_SOURCES})
  add_library(xrdct::${name} ALIAS xrdct_${name})
  set_target_properties(xrdct_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  xrdct_headers(xrdct_${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(xrdct_${name} PUBLIC xrdct::kernels ${lib_PUBLIC}
    PRIVATE $<BUILD_INTERFACE:xrdct_compile_options> ${lib_PRIVATE})
  xrdct_export(xrdct_${name} ${name})
endfunction()

# xrdct_test(NAME SOURCES file... [LINK target...] [LABELS label...] [TIMEOUT seconds]): a GoogleTest program that is
# one test of CTest, skipped where it skips all it has. Labels with a meaning: "hostile" (reads bytes that may be made up:
# runs under AddressSanitizer and UndefinedBehaviorSanitizer too), "threads" (shares memory between threads: under ThreadSanitizer too), "slow" (takes more
# than a minute). Each is a word of its own: "hostile;threads" in quotes is one label, which no sanitized build would build.
function(xrdct_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "SOURCES;LINK;LABELS")
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 900)
  endif()
  foreach(label IN LISTS test_LABELS)
    if(NOT label MATCHES "^(hostile|threads|slow|cuda|mpi|pipeline)$")
      message(FATAL_ERROR "xrdct_test(${name}): unknown label \"${label}\"")
    endif()
  endforeach()
  add_executable(test_${name} ${test_SOURCES})
  target_link_libraries(test_${name} PRIVATE xrdct_compile_options xrdct_test_support ${test_LINK} xrdct_test_main)
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${test_TIMEOUT} SKIP_RETURN_CODE 77 LABELS "${test_LABELS}")
  # Backends of one thread have no races, and take long to show none; values of some types take the ways of all.
  if(XRDCT_SANITIZER STREQUAL "thread")
    set_tests_properties(${name} PROPERTIES
      ENVIRONMENT "GTEST_FILTER=-*/reference*:*/lanes_1*:*/cpu_1*:*/u8*:*/u16*:*/i32*:*/u32_*")
  endif()
  foreach(label IN ITEMS hostile threads)
    if(label IN_LIST test_LABELS)
      add_dependencies(${label}_tests test_${name})
    endif()
  endforeach()
endfunction()
