# Data flows one way, and so do includes: a file includes only from its own folder and from folders before it.
#   cmake -D ROOT=folder -P layers.cmake
cmake_minimum_required(VERSION 3.25)

# Each folder, and what it is called in an #include. The order is the rule; the README draws it.
set(layers
  kernels/include kernels/common kernels/reference kernels/cpu kernels/lanes kernels/cuda
  lib/xrdct/base lib/xrdct/devices lib/xrdct/codec lib/xrdct/io lib/xrdct/geometry lib/xrdct/beamline lib/xrdct/scan lib/xrdct/comm
  lib/xrdct/tomo lib/xrdct/simulation lib/xrdct/pipeline lib/xrdct/bench lib/xrdct/plot apps)
# The oracle stands alone, or it would prove nothing.
set(only_interfaces kernels/reference)
# Bytes that ranks hand over: it computes nothing.
set(no_arithmetic kernels/common/reduction_tables.hpp)
# A library knows backends by their interface; the pipeline and programs choose among them.
set(may_choose_backend lib/xrdct/pipeline apps)

function(folder_of_include include result)
  if(include MATCHES "^xrdct/kernels/")
    set(folder kernels/include)
  elseif(include MATCHES "^(xrdct/[a-z_]+)/")
    set(folder lib/${CMAKE_MATCH_1})
  elseif(include MATCHES "^(kernels/[a-z_]+|apps)/")
    set(folder ${CMAKE_MATCH_1})
  else()
    set(folder "")  # a system header, or a bare name: own folder
  endif()
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

set(failures "")
set(files_seen 0)
foreach(layer IN LISTS layers)
  list(FIND layers ${layer} place)
  file(GLOB_RECURSE sources ${ROOT}/${layer}/*.hpp ${ROOT}/${layer}/*.cpp ${ROOT}/${layer}/*.cu ${ROOT}/${layer}/*.cuh)
  foreach(source IN LISTS sources)
    math(EXPR files_seen "${files_seen} + 1")
    file(STRINGS ${source} lines REGEX "^[ \t]*#[ \t]*include[ \t]*\"")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^[^\"]*\"([^\"]*)\".*$" "\\1" include "${line}")
      folder_of_include("${include}" target)
      if(target STREQUAL "" OR target STREQUAL layer OR target STREQUAL "kernels/include")
        continue()
      endif()
      list(FIND layers ${target} target_place)
      file(RELATIVE_PATH name ${ROOT} ${source})
      if(target_place EQUAL -1)
        string(APPEND failures "  ${name} includes \"${include}\", which is in no layer\n")
      elseif(target_place GREATER place)
        string(APPEND failures "  ${name} includes \"${include}\" from a later layer\n")
      elseif(layer IN_LIST only_interfaces AND NOT include IN_LIST no_arithmetic)
        string(APPEND failures "  ${name} includes \"${include}\", but the reference uses interfaces only\n")
      elseif(target MATCHES "^kernels/(reference|cpu|cuda)$" AND NOT layer IN_LIST may_choose_backend)
        string(APPEND failures "  ${name} includes \"${include}\" of a backend\n")
      endif()
    endforeach()
  endforeach()
endforeach()

if(files_seen EQUAL 0)
  message(FATAL_ERROR "no source files under ${ROOT}")
endif()
if(failures)
  message(FATAL_ERROR "layers are crossed:\n${failures}")
endif()
message(STATUS "${files_seen} files keep to their layers")
