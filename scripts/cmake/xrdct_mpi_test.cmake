# Tests that run under mpirun.
include_guard()

# xrdct_mpi_test(NAME RANKS n... SOURCES file... [LINK target...] [ARGUMENTS text...] [LABELS label...] [TIMEOUT seconds])
# xrdct_mpi_test(NAME RANKS n... PROGRAM target [ARGUMENTS text...] [LABELS label...] [TIMEOUT seconds])
#
# Builds the program test_NAME (or takes a program that exists) and makes one test of CTest, NAME_n, for every number of
# ranks n. The program has a main() of its own, which initialises MPI; GoogleTest is linked. More ranks than cores are
# fine: ranks that wait give their core to others.
function(xrdct_mpi_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT;PROGRAM" "RANKS;SOURCES;LINK;ARGUMENTS;LABELS")
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 900)
  endif()
  if(NOT test_PROGRAM)
    set(test_PROGRAM test_${name})
    add_executable(${test_PROGRAM} ${test_SOURCES})
    target_link_libraries(${test_PROGRAM} PRIVATE xrdct_compile_options xrdct_test_support ${test_LINK}
      GTest::gmock GTest::gtest MPI::MPI_C)
    set_target_properties(${test_PROGRAM} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  endif()
  foreach(ranks IN LISTS test_RANKS)
    add_test(NAME ${name}_${ranks}
      COMMAND ${MPIEXEC_EXECUTABLE} --oversubscribe ${MPIEXEC_NUMPROC_FLAG} ${ranks}
              $<TARGET_FILE:${test_PROGRAM}> ${test_ARGUMENTS})
    set_tests_properties(${name}_${ranks} PROPERTIES
      TIMEOUT ${test_TIMEOUT} LABELS "mpi;${test_LABELS}" PROCESSORS ${ranks}
      ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_mpi_yield_when_idle=1")
  endforeach()
endfunction()
