# Plugins outside of the project's tree. They are built into the folder in which CMake puts
# libraries; the runner is told of it by --plugin-dir, or by `plugins` in a configuration.

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

# roundtrip_discover_tests(TARGET... CONFIG FILE [PREFIX TEXT])
# Makes a CTest test of every test of the configuration, each time one of the targets, its
# plugins, is built, or a file that it includes or another plugin has changed. The names start with PREFIX, by which tests of two configurations differ.
function(roundtrip_discover_tests)
  cmake_parse_arguments(ARG "" "CONFIG;PREFIX" "" ${ARGN})
  get_filename_component(config "${ARG_CONFIG}" ABSOLUTE)
  get_filename_component(name "${ARG_CONFIG}" NAME_WE)
  # Configurations of one name lie in different folders; targets have no folders.
  string(SHA256 hash "${config}${ARG_PREFIX}")
  string(SUBSTRING "${hash}" 0 8 hash)
  set(target "${name}_roundtrip_tests_${hash}")
  set(file "${CMAKE_CURRENT_BINARY_DIR}/${target}.cmake")
  set(options "")
  foreach(plugin IN LISTS ARG_UNPARSED_ARGUMENTS)
    list(APPEND options --plugin-dir "$<TARGET_FILE:${plugin}>")
  endforeach()
  if(ARG_PREFIX)
    list(APPEND options --ctest-prefix "${ARG_PREFIX}")
  endif()
  add_custom_command(OUTPUT "${file}"
    COMMAND "$<TARGET_FILE:Roundtrip::runner>" list "${config}" ${options}
      --ctest "${file}" --ctest-depfile "${file}.d"
    DEPENDS ${ARG_UNPARSED_ARGUMENTS} "${config}" DEPFILE "${file}.d" VERBATIM)
  add_custom_target(${target} ALL DEPENDS "${file}")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${file}")
endfunction()
