# Finds the Python that has the torch of LibTorch::LibTorch, with what is needed to embed it:
# its headers, its shared library and libtorch_python. Defines PythonEmbed::PythonEmbed.
#
# Sets PythonEmbed_EXECUTABLE, PythonEmbed_FOUND and, where it is not, PythonEmbed_REASON: one
# sentence.

set(PythonEmbed_EXECUTABLE "${ROUNDTRIP_PYTHON}")
set(PythonEmbed_REASON "")

function(_python_embed_ask out code)
  execute_process(COMMAND "${PythonEmbed_EXECUTABLE}" -c "${code}"
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    set(answer "")
  endif()
  set(${out} "${answer}" PARENT_SCOPE)
endfunction()

if(NOT EXISTS "${PythonEmbed_EXECUTABLE}")
  set(PythonEmbed_REASON "there is no ${PythonEmbed_EXECUTABLE}; run ./dev setup, or set ROUNDTRIP_PYTHON")
else()
  _python_embed_ask(PythonEmbed_INCLUDE_DIR
    "import sysconfig; print(sysconfig.get_path('include'))")
  _python_embed_ask(PythonEmbed_LIBRARY
    "import os, sysconfig; get = sysconfig.get_config_var; print(os.path.join(get('LIBDIR'), get('LDLIBRARY')) if get('Py_ENABLE_SHARED') else '')")
  _python_embed_ask(_python_embed_torch
    "import importlib.util, os; print(os.path.dirname(importlib.util.find_spec('torch').origin))")
  get_filename_component(_python_embed_torch "${_python_embed_torch}" REALPATH)
  set(PythonEmbed_TORCH_LIBRARY "${LibTorch_ROOT_DIR}/lib/libtorch_python.so")
  if(NOT EXISTS "${PythonEmbed_INCLUDE_DIR}/Python.h")
    set(PythonEmbed_REASON "Python's headers are missing; install Debian's python3-dev")
  elseif(NOT EXISTS "${PythonEmbed_LIBRARY}")
    set(PythonEmbed_REASON "Python's shared library is missing; install Debian's python3-dev, or use a Python built with --enable-shared")
  elseif(NOT _python_embed_torch STREQUAL LibTorch_ROOT_DIR OR NOT EXISTS "${PythonEmbed_TORCH_LIBRARY}")
    set(PythonEmbed_REASON "the LibTorch in ${LibTorch_ROOT_DIR} is not that of a torch in ${PythonEmbed_EXECUTABLE}")
  endif()
endif()

if(PythonEmbed_REASON)
  set(PythonEmbed_FOUND FALSE)
else()
  set(PythonEmbed_FOUND TRUE)
  if(NOT TARGET PythonEmbed::PythonEmbed)
    add_library(PythonEmbed::PythonEmbed INTERFACE IMPORTED)
    target_include_directories(PythonEmbed::PythonEmbed SYSTEM INTERFACE
      "${PythonEmbed_INCLUDE_DIR}" "${LibTorch_ROOT_DIR}/include")
    target_link_libraries(PythonEmbed::PythonEmbed INTERFACE
      "${PythonEmbed_TORCH_LIBRARY}" "${PythonEmbed_LIBRARY}" LibTorch::LibTorch)
  endif()
endif()
