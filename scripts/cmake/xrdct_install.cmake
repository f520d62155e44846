# cmake --install: the program, its manual, what shells complete, batch scripts and documentation. cpack -G DEB makes a Debian
# package of the same.
include_guard()
include(GNUInstallDirs)

install(TARGETS xrdct RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(FILES ${PROJECT_BINARY_DIR}/share/bash-completion/completions/xrdct
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(DIRECTORY slurm DESTINATION ${CMAKE_INSTALL_DATADIR}/xrdct COMPONENT program)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT program)

# An environment module: module use PREFIX/share/modulefiles; module load xrdct.
configure_file(${PROJECT_SOURCE_DIR}/scripts/cmake/modulefile.in ${PROJECT_BINARY_DIR}/share/modulefiles/${PROJECT_VERSION} @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/share/modulefiles/${PROJECT_VERSION}
  DESTINATION ${CMAKE_INSTALL_DATADIR}/modulefiles/xrdct COMPONENT program)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME xrdct)
set(CPACK_PACKAGE_CONTACT "The xrdct developers <xrdct@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_FILE_NAME xrdct-${PROJECT_VERSION}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)     # the libraries that the program is linked with, whatever they are
set(CPACK_DEBIAN_PACKAGE_DEPENDS openmpi-bin)  # mpirun
include(CPack)
