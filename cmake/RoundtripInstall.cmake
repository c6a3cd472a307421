# What `cmake --install` puts where; find_package(Roundtrip) finds it there.
include(CMakePackageConfigHelpers)

set(_package lib/cmake/Roundtrip)
# The component `runtime`: what loads and runs programs, for who does no more than that.
install(DIRECTORY include/roundtrip DESTINATION include COMPONENT runtime)
install(TARGETS roundtrip_runtime LIBRARY DESTINATION lib COMPONENT runtime)
install(TARGETS roundtrip roundtrip_suite_main LIBRARY DESTINATION lib ARCHIVE DESTINATION lib)
install(TARGETS pt2 RUNTIME DESTINATION bin COMPONENT runtime)
install(TARGETS roundtrip_runner pt2_export RUNTIME DESTINATION bin)
get_property(_plugins GLOBAL PROPERTY ROUNDTRIP_PLUGINS)
if(TARGET roundtrip_python)
  install(TARGETS roundtrip_python LIBRARY DESTINATION lib/roundtrip)
endif()
install(TARGETS ${_plugins}
  LIBRARY DESTINATION lib/roundtrip/plugins)
# The configurations name their folders relative to their own: the tree is as it is here.
install(DIRECTORY config DESTINATION share/roundtrip FILES_MATCHING
  PATTERN "*.yaml" PATTERN "*.schema.json")
install(DIRECTORY suites/corpus/programs DESTINATION share/roundtrip/suites/corpus)
install(DIRECTORY suites/python/examples DESTINATION share/roundtrip/suites/python
  FILES_MATCHING PATTERN "*.py")
# Named by hand: INSTALL_RPATH_USE_LINK_PATH leaves out what lies within the project, as its
# .venv does.
set(libtorch_dir "${LibTorch_ROOT_DIR}/lib")
set_target_properties(roundtrip_runtime PROPERTIES INSTALL_RPATH "${libtorch_dir}")
set_target_properties(roundtrip PROPERTIES INSTALL_RPATH "$ORIGIN;${libtorch_dir}")
set_target_properties(pt2 pt2_export PROPERTIES INSTALL_RPATH "$ORIGIN/../lib;${libtorch_dir}")
set_target_properties(${_plugins}
  PROPERTIES INSTALL_RPATH "$ORIGIN/../..;${libtorch_dir}")

configure_package_config_file(cmake/RoundtripConfig.cmake.in
  "${PROJECT_BINARY_DIR}/RoundtripConfig.cmake" INSTALL_DESTINATION ${_package})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/RoundtripConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/RoundtripConfig.cmake"
  "${PROJECT_BINARY_DIR}/RoundtripConfigVersion.cmake"
  cmake/FindLibTorch.cmake cmake/RoundtripPlugins.cmake
  DESTINATION ${_package} COMPONENT runtime)
