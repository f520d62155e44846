# cmake --install: the program, its manual, what shells complete, batch scripts and documentation (component program); libraries,
# headers and a CMake package for programs that use them (component development). cpack -G DEB makes a Debian package of each.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS xrdct RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(FILES ${PROJECT_BINARY_DIR}/share/bash-completion/completions/xrdct
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(DIRECTORY slurm DESTINATION ${CMAKE_INSTALL_DATADIR}/xrdct COMPONENT program)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT program)

# An environment module: module use PREFIX/share/modulefiles; module load xrdct.
configure_file(${PROJECT_SOURCE_DIR}/scripts/cmake/modulefile.in ${PROJECT_BINARY_DIR}/share/modulefiles/${PROJECT_VERSION} @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/share/modulefiles/${PROJECT_VERSION}
  DESTINATION ${CMAKE_INSTALL_DATADIR}/modulefiles/xrdct COMPONENT program)

# find_package(xrdct) and, say, target_link_libraries(... xrdct::pipeline).
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/xrdct)
install(DIRECTORY lib/xrdct kernels/include/xrdct DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN *.hpp)
install(EXPORT xrdct NAMESPACE xrdct:: FILE xrdct-targets.cmake DESTINATION ${package} COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/scripts/cmake/xrdct-config.cmake.in ${PROJECT_BINARY_DIR}/xrdct-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/xrdct-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/xrdct-config.cmake ${PROJECT_BINARY_DIR}/xrdct-config-version.cmake
  scripts/cmake/xrdct_dependencies.cmake DESTINATION ${package} COMPONENT development)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME xrdct)
set(CPACK_PACKAGE_CONTACT "The xrdct developers <xrdct@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME xrdct)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libxrdct-dev)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)  # the libraries that the program is linked with, whatever they are
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS openmpi-bin)  # mpirun
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libopenmpi-dev, libhdf5-openmpi-dev, libboost-program-options-dev, liblz4-dev, libzstd-dev, zlib1g-dev, libbz2-dev, libblosc-dev, libhwy-dev, libspdlog-dev, nlohmann-json3-dev, libpng-dev, libtiff-dev")
include(CPack)
