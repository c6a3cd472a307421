# Finds LibTorch and defines LibTorch::LibTorch (c10 and torch_cpu with their headers).
#
# A module of our own instead of TorchConfig.cmake: that one demands a CUDA
# toolkit when the installed LibTorch was built with CUDA, and we need none.
#
# Looked for in this order: Torch_DIR and CMAKE_PREFIX_PATH (CMake variable, then
# environment), the project's .venv.
# Sets LibTorch_ROOT_DIR, LibTorch_VERSION, LibTorch_FOUND.

set(_libtorch_hints "")
foreach(dir IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}")
  if(dir)
    list(APPEND _libtorch_hints "${dir}/../../..")
  endif()
endforeach()
string(REPLACE ":" ";" _libtorch_env_prefixes "$ENV{CMAKE_PREFIX_PATH}")
foreach(prefix IN LISTS CMAKE_PREFIX_PATH _libtorch_env_prefixes)
  list(APPEND _libtorch_hints "${prefix}" "${prefix}/../.." "${prefix}/torch")
endforeach()
file(GLOB _libtorch_venv "${CMAKE_CURRENT_LIST_DIR}/../.venv/lib/python3*/site-packages/torch")
list(APPEND _libtorch_hints ${_libtorch_venv})

find_path(LibTorch_ROOT_DIR NAMES include/torch/csrc/api/include/torch/version.h
          HINTS ${_libtorch_hints} NO_DEFAULT_PATH)
if(LibTorch_ROOT_DIR)
  get_filename_component(LibTorch_ROOT_DIR "${LibTorch_ROOT_DIR}" REALPATH)
  find_library(LibTorch_CPU_LIBRARY torch_cpu PATHS "${LibTorch_ROOT_DIR}/lib" NO_DEFAULT_PATH)
  find_library(LibTorch_C10_LIBRARY c10 PATHS "${LibTorch_ROOT_DIR}/lib" NO_DEFAULT_PATH)
  file(STRINGS "${LibTorch_ROOT_DIR}/include/torch/headeronly/version.h" _libtorch_version
       REGEX "TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
  string(REGEX REPLACE "[^0-9;]" "" _libtorch_version "${_libtorch_version}")
  string(REPLACE ";" "." LibTorch_VERSION "${_libtorch_version}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_ROOT_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run ./dev setup, or point CMAKE_PREFIX_PATH or Torch_DIR to a LibTorch")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
    "${LibTorch_ROOT_DIR}/include" "${LibTorch_ROOT_DIR}/include/torch/csrc/api/include")
  target_link_libraries(LibTorch::LibTorch INTERFACE
    "${LibTorch_CPU_LIBRARY}" "${LibTorch_C10_LIBRARY}")
endif()
