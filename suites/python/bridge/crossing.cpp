#include "suites/python/bridge/crossing.h"

#include <roundtrip/archive.h>

#include <string>

namespace py = pybind11;

namespace roundtrip {

ExportedProgram to_cpp_program(const py::object& program) {
  const py::object buffer = py::module_::import("io").attr("BytesIO")();
  py::module_::import("torch.export").attr("save")(program, buffer);
  const auto text = buffer.attr("getvalue")().cast<std::string>();
  return load(Bytes(text.begin(), text.end()), {.allowed = {.all = true}});
}

py::object to_python_program(const ExportedProgram& program) {
  const Bytes bytes = save(program);
  const py::object buffer =
      py::module_::import("io").attr("BytesIO")(py::bytes(bytes.data(), bytes.size()));
  return py::module_::import("torch.export").attr("load")(buffer);
}

}  // namespace roundtrip
