#include "suites/python/bridge/cpp_runner.h"

#include <torch/csrc/autograd/python_variable.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "suites/python/bridge/crossing.h"
#include "suites/python/bridge/errors.h"
#include "suites/python/bridge/exchange.h"

namespace py = pybind11;

namespace roundtrip {

namespace {

class Runner {
 public:
  explicit Runner(const py::object& program)
      : program_(
            ExportedProgram::deferred([program] { return to_cpp_program(program).program(); })) {}

  py::object run(const py::object& module, const py::tuple& args, const py::dict& kwargs) {
    use_tensors_of(module);
    Values values;
    for (const auto& arg : args) values.push_back(exchange_.to_value(arg));
    Kwargs keywords;
    for (const auto& [name, arg] : kwargs) {
      keywords.emplace_back(py::str(name).cast<std::string>(), exchange_.to_value(arg));
    }
    return exchange_.to_python(program_.run(values, keywords));
  }

 private:
  /// Puts the module's tensors in the place of the program's: the first time, and when Python
  /// has replaced one.
  void use_tensors_of(const py::object& module) {
    std::vector<std::pair<std::string, at::Tensor>> changed;
    const Program& program = program_.program();
    for (const auto* payloads : {&program.weights, &program.constants}) {
      for (const auto& entry : *payloads) {
        const auto* own = std::get_if<at::Tensor>(&entry.value().data);
        const auto theirs = tensor_of(module, entry.key());
        if (own && theirs && !own->is_same(*theirs)) changed.emplace_back(entry.key(), *theirs);
      }
    }
    if (changed.empty()) return;
    program_.edit([&](Program& edited) {
      for (auto& [name, tensor] : changed) {
        auto& payloads = edited.weights.contains(name) ? edited.weights : edited.constants;
        payloads[name].data = std::move(tensor);
      }
    });
  }

  /// The module's tensor of this qualified name; nothing where its graph uses none.
  static std::optional<at::Tensor> tensor_of(const py::object& module, const std::string& name) {
    py::object object = module;
    std::istringstream parts(name);
    for (std::string part; std::getline(parts, part, '.');) {
      if (!py::hasattr(object, part.c_str())) return std::nullopt;
      object = object.attr(part.c_str());
    }
    if (!THPVariable_Check(object.ptr())) return std::nullopt;
    return THPVariable_Unpack(object.ptr());
  }

  ExportedProgram program_;
  Exchange exchange_;
};

}  // namespace

py::object cpp_runner(const py::object& program) {
  const auto runner = std::make_shared<Runner>(program);
  return py::cpp_function(
      [runner](const py::object& module, const py::tuple& args, const py::dict& kwargs) {
        return with_python_errors([&] { return runner->run(module, args, kwargs); });
      });
}

}  // namespace roundtrip
