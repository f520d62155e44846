# The check finds what it is there for.
cmake_minimum_required(VERSION 3.25)

function(expect_failure text architectures says)
  file(WRITE ${FOLDER}/a.o.resources "${text}")
  execute_process(COMMAND ${CMAKE_COMMAND} -D "OBJECTS=${FOLDER}/a.o" -D "ARCHITECTURES=${architectures}" -P ${SCRIPT}
    RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(says STREQUAL "" AND NOT code EQUAL 0)
    message(FATAL_ERROR "refused: ${out}")
  elseif(NOT says STREQUAL "" AND (code EQUAL 0 OR NOT out MATCHES "${says}"))
    message(FATAL_ERROR "not found: ${says}\n${out}")
  endif()
endfunction()

set(compiled "ptxas info    : Compiling entry function 'kernel' for 'sm_80'\n")
set(good "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n")
expect_failure("${compiled}${good}" "80-real" "")
expect_failure("${compiled}    8 bytes stack frame, 4 bytes spill stores, 0 bytes spill loads\n" "80-real" "4 bytes are spilled")
expect_failure("${compiled}    8 bytes stack frame, 0 bytes spill stores, 12 bytes spill loads\n" "80" "12 read again")
expect_failure("${compiled}${good}" "80-real;90" "no kernel for sm_90")
expect_failure("ptxas info    : 0 bytes gmem\n" "80-real" "no kernels are known")
