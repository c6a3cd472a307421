#include "suites/python/bridge/errors.h"

#include <c10/util/Type.h>
#include <dlfcn.h>
#include <roundtrip/error.h>

#include <array>
#include <iostream>
#include <map>

#include "support/stack_trace.h"

namespace py = pybind11;

namespace roundtrip {

namespace {

/// The class `roundtrip.NAME`, made the first time; all derive from roundtrip.Error.
py::object error_class(const std::string& name) {
  static auto* classes = new std::map<std::string, py::object>();  // outlives the interpreter
  py::object& known = (*classes)[name];
  if (known) return known;
  const py::object base = name == "Error" ? py::reinterpret_borrow<py::object>(PyExc_RuntimeError)
                                          : error_class("Error");
  py::dict members;
  members["__module__"] = "roundtrip";
  const py::object type = py::module_::import("builtins").attr("type");
  return known = type(name, py::make_tuple(base), members);
}

/// "ArchiveError" of roundtrip::ArchiveError.
std::string class_name(const std::exception& error) {
  const std::string name = c10::demangle(typeid(error).name());
  return name.substr(name.rfind(':') + 1);
}

/// The calls under way when it was thrown, a line each; empty where the runner does not know.
std::string stack_of(const std::exception& error) {
  using ThrowSite = std::size_t(const void*, const void**, std::size_t);
  auto* const throw_site =
      reinterpret_cast<ThrowSite*>(::dlsym(RTLD_DEFAULT, "roundtrip_throw_site"));
  if (throw_site == nullptr) return "";
  std::array<const void*, 64> addresses{};
  const auto count =
      throw_site(dynamic_cast<const void*>(&error), addresses.data(), addresses.size());
  static auto* symbolizer = new Symbolizer;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& frame : symbolizer->frames_at(addresses[i])) {
      if (frame.object.find("libpython") != std::string::npos) return text;  // the test's side
      if (frame.function.empty()) continue;
      text += "  " + frame.function;
      if (!frame.file.empty()) text += " at " + frame.file + ":" + std::to_string(frame.line);
      text += "\n";
    }
  }
  return text;
}

/// With the message that Python has; where it was is a note, which tracebacks show.
py::object python_error(const py::object& type, const std::exception& error) {
  const auto* execution = dynamic_cast<const ExecutionError*>(&error);
  if (execution == nullptr) return type(error.what());
  py::object raised = type(execution->reason());
  py::list notes;
  notes.append("While executing " + execution->where());
  raised.attr("__notes__") = notes;
  return raised;
}

}  // namespace

std::string sentence_of(py::error_already_set& error) {
  const py::object type = error.type();
  if (type.attr("__name__").cast<std::string>() == "SuiteError") {
    return py::str(error.value()).cast<std::string>();
  }
  return error.what();
}

void raise_in_python(const std::exception& error) {
  std::cerr << "C++ threw " << c10::demangle(typeid(error).name()) << ": " << error.what() << "\n"
            << stack_of(error) << std::flush;
  const bool is_ours = dynamic_cast<const Error*>(&error) != nullptr;
  const py::object type = is_ours ? error_class(class_name(error))
                                  : py::reinterpret_borrow<py::object>(PyExc_RuntimeError);
  PyErr_SetObject(type.ptr(), python_error(type, error).ptr());
}

}  // namespace roundtrip
