# Plugins outside of the project's tree. They are built into the folder in which CMake puts
# libraries; the runner is told of it by --plugin-dir, or by `plugins` in a configuration.

set(_roundtrip_cmake_dir "${CMAKE_CURRENT_LIST_DIR}")

# roundtrip_add_transform(NAME SOURCES ...)
function(roundtrip_add_transform name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE Roundtrip::roundtrip ${ARG_LINK})
  # Statics of inline functions stay each plugin's own.
  target_compile_options(${name} PRIVATE -fno-gnu-unique)
endfunction()

# roundtrip_add_suite(NAME SOURCES ...)
function(roundtrip_add_suite name)
  roundtrip_add_transform(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE Roundtrip::suite_main)
  target_compile_options(${name} PRIVATE "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
endfunction()

# roundtrip_discover_tests(TARGET... CONFIG FILE)
# Makes a CTest test of every test of the configuration, each time one of the targets, its
# plugins, is built.
function(roundtrip_discover_tests)
  cmake_parse_arguments(ARG "" "CONFIG" "" ${ARGN})
  get_filename_component(config "${ARG_CONFIG}" ABSOLUTE)
  get_filename_component(name "${ARG_CONFIG}" NAME_WE)
  set(file "${CMAKE_CURRENT_BINARY_DIR}/${name}_roundtrip_tests.cmake")
  set(libraries "")
  foreach(target IN LISTS ARG_UNPARSED_ARGUMENTS)
    list(APPEND libraries "$<TARGET_FILE:${target}>")
  endforeach()
  add_custom_command(OUTPUT "${file}"
    COMMAND "${CMAKE_COMMAND}"
            "-DRUNNER=$<TARGET_FILE:Roundtrip::runner>" "-DCONFIG=${config}" "-DFILE=${file}"
            "-DPLUGINS=$<JOIN:${libraries},|>"
            -P "${_roundtrip_cmake_dir}/RoundtripDiscoverTests.cmake"
    DEPENDS ${ARG_UNPARSED_ARGUMENTS} "${config}" VERBATIM)
  add_custom_target(${name}_roundtrip_tests ALL DEPENDS "${file}")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${file}")
endfunction()
