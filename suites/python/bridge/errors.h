#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <string>

namespace roundtrip {

/// Of a SuiteError its sentence, of another exception type, text and traceback.
std::string sentence_of(pybind11::error_already_set& error);

/// Sets Python's error indicator: to a RuntimeError, which is called like the C++ exception if
/// that is a roundtrip::Error (`roundtrip.ArchiveError`). Says in the output what C++ threw.
void raise_in_python(const std::exception& error);

/// Runs `body`; exceptions of C++ become Python's, and Python's pass through as they are.
template <typename Body>
auto with_python_errors(const Body& body) {
  try {
    return body();
  } catch (const pybind11::error_already_set&) {
    throw;
  } catch (const pybind11::builtin_exception&) {
    throw;
  } catch (const std::exception& error) {
    raise_in_python(error);
    throw pybind11::error_already_set();
  }
}

}  // namespace roundtrip
