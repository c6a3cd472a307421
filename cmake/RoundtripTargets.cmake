# The kinds of target this project has, each made by one function.

# Flags every target of the project compiles with.
add_library(roundtrip_flags INTERFACE)
# -fno-gnu-unique: statics of inline functions stay each plugin's own.
# GCC 12 sees overflows in std::string's operator+ that are not there.
target_compile_options(roundtrip_flags INTERFACE -Wall -Wextra
  -Wno-restrict -Wno-stringop-overflow -fno-gnu-unique
  -fpch-preprocess)  # lets ccache see into a precompiled header
target_include_directories(roundtrip_flags INTERFACE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include")

# LibTorch's headers take seconds a file to parse; they are parsed once.
function(roundtrip_use_torch target)
  target_link_libraries(${target} PUBLIC LibTorch::LibTorch)
  target_precompile_headers(${target} REUSE_FROM roundtrip_pch)
endfunction()

# Tests and suites are compiled often and run briefly.
function(roundtrip_compile_fast target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# roundtrip_add_room(SOURCES ... [USES ROOM...] [WITHOUT_TORCH])
# This folder of export/ as a room: the objects of one of the project's libraries, called after
# the folder. USES are the rooms whose headers it includes; a test holds that against the
# includes and against the table in CONTRIBUTING.md.
function(roundtrip_add_room)
  cmake_parse_arguments(ARG "WITHOUT_TORCH" "" "SOURCES;USES" ${ARGN})
  file(RELATIVE_PATH room "${PROJECT_SOURCE_DIR}/export" "${CMAKE_CURRENT_SOURCE_DIR}")
  list(TRANSFORM ARG_USES PREPEND roundtrip_)
  string(REPLACE "/" "_" name "roundtrip_${room}")
  string(REPLACE "/" "_" uses "${ARG_USES}")
  add_library(${name} OBJECT ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC roundtrip_flags PRIVATE ${uses})
  if(NOT ARG_WITHOUT_TORCH)
    roundtrip_use_torch(${name})
  endif()
endfunction()

# roundtrip_add_rooms(TARGET ROOM...)
# Adds folders of export/ and links their objects into a library.
function(roundtrip_add_rooms target)
  foreach(room IN LISTS ARGN)
    add_subdirectory(${room})
    string(REPLACE "/" "_" name "roundtrip_${room}")
    target_link_libraries(${target} PRIVATE ${name})
  endforeach()
endfunction()

# roundtrip_add_transform(NAME SOURCES ... [FOLDER folder])
# A plugin library of transformations. It is built into the default plugin folder, is part of the
# target `runnable` and is installed, unless a test or a bench wants it in a folder of its own.
function(roundtrip_add_transform name)
  cmake_parse_arguments(ARG "" "FOLDER" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE roundtrip_flags roundtrip ${ARG_LINK})
  roundtrip_use_torch(${name})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER "${PROJECT_BINARY_DIR}/lib/roundtrip/plugins")
    set_property(GLOBAL APPEND PROPERTY ROUNDTRIP_PLUGINS ${name})
  endif()
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${ARG_FOLDER}")
endfunction()

# roundtrip_add_suite(NAME SOURCES ... [FOLDER folder])
# A plugin library of suites; doctest's assertions report to the runner in it.
function(roundtrip_add_suite name)
  roundtrip_add_transform(${name} ${ARGN})
  roundtrip_compile_fast(${name})
  # Reports name a test's file from the project's root, also where ccache has made
  # the compiler's paths relative to the build folder.
  file(RELATIVE_PATH from_build "${CMAKE_BINARY_DIR}" "${CMAKE_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE
    "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=" "-fmacro-prefix-map=${from_build}=")
  target_link_libraries(${name} PRIVATE roundtrip_suite_main)
endfunction()

# roundtrip_perturb_memory(TEST...)
# glibc fills memory that is new or free, so that a test does not pass by what happened to lie
# there.
function(roundtrip_perturb_memory)
  set_tests_properties(${ARGN} PROPERTIES ENVIRONMENT "MALLOC_PERTURB_=165")
endfunction()

# roundtrip_add_test(NAME SOURCES ... LINK ...)
# One doctest executable, run by ctest under NAME.
function(roundtrip_add_test name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE roundtrip_flags roundtrip_test_main ${ARG_LINK})
  roundtrip_compile_fast(${name})
  if(ARG_TORCH)
    roundtrip_use_torch(${name})
  endif()
  set_target_properties(${name} PROPERTIES
    UNITY_BUILD OFF  # each test file has helpers of its own
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name})
  roundtrip_perturb_memory(${name})
endfunction()

# roundtrip_add_computing_test(TARGET [ARGUMENT...])
# Runs a test once more in which captures compute all data at once, and compare what each operator
# gives with what it was thought to give.
function(roundtrip_add_computing_test target)
  add_test(NAME ${target}_computing COMMAND ${target} ${ARGN})
  set_tests_properties(${target}_computing PROPERTIES ENVIRONMENT "ROUNDTRIP_COMPUTE=1")
endfunction()

set(ROUNDTRIP_PYTHON "${PROJECT_SOURCE_DIR}/.venv/bin/python" CACHE FILEPATH
  "Python with torch 2.13 and what requirements.txt lists, for the tests written in Python")

# roundtrip_add_pytest(NAME PATH [ENVIRONMENT ...])
# A file or folder of pytest tests, run by ctest under NAME. Without that Python
# the test fails, and is not left out.
function(roundtrip_add_pytest name path)
  cmake_parse_arguments(ARG "" "" "ENVIRONMENT" ${ARGN})
  add_test(NAME ${name}
    COMMAND "${ROUNDTRIP_PYTHON}" -m pytest -q -rs -p no:cacheprovider
            "${CMAKE_CURRENT_SOURCE_DIR}/${path}")
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "PYTHONDONTWRITEBYTECODE=1;ROUNDTRIP_BUILD=${PROJECT_BINARY_DIR};${ARG_ENVIRONMENT}")
endfunction()
