# XRDCT_BUILD_ID: the same for a program and a plugin that understand each other's objects, because they were compiled
# from the same interfaces by the same compiler.
include_guard()

file(GLOB_RECURSE interfaces CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kernels/include/*.hpp)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${interfaces})
set(text "${PROJECT_VERSION} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
foreach(interface IN LISTS interfaces)
  file(SHA256 ${interface} digest)
  string(APPEND text " ${digest}")
endforeach()
string(SHA256 digest "${text}")
string(SUBSTRING ${digest} 0 16 digest)
set(XRDCT_BUILD_ID "${PROJECT_VERSION}-${digest}")
