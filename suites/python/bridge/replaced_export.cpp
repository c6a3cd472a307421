#include "suites/python/bridge/replaced_export.h"

#include <pybind11/stl.h>
#include <roundtrip/error.h>
#include <torch/csrc/autograd/python_variable.h>

#include <memory>
#include <string>
#include <utility>

#include "suites/python/bridge/crossing.h"
#include "suites/python/bridge/errors.h"
#include "suites/python/bridge/exchange.h"
#include "suites/python/bridge/interpreter.h"

namespace py = pybind11;

namespace roundtrip {

namespace {

/// The model of a test, as the source of the Module that a transformation sees.
struct PythonModel {
  py::object object;
};

/// Programs that are in both worlds, for as long as neither has changed.
class Crossings {
 public:
  /// A program that is Python's; it is saved and loaded when C++ looks at it.
  ExportedProgram to_cpp(const py::object& object) {
    const auto program =
        ExportedProgram::deferred([object] { return to_cpp_program(object).program(); });
    known_.push_back({program, program.version(), object});
    return program;
  }

  py::object to_python(const ExportedProgram& program) {
    for (const auto& entry : known_) {
      const bool is_unchanged = entry.version == program.version();
      if (entry.program.is_same(program) && is_unchanged) return entry.object;
    }
    const py::object object = to_python_program(program);
    known_.push_back({program, program.version(), object});
    return object;
  }

 private:
  struct Entry {
    ExportedProgram program;
    std::size_t version;
    py::object object;
  };
  std::vector<Entry> known_;
};

/// Dimensions given by the names of forward's parameters, as specs by position: the parameters
/// of a program's module have other names.
py::object by_position(const py::object& dynamic_shapes) {
  if (!py::isinstance<py::dict>(dynamic_shapes)) return dynamic_shapes;
  return py::tuple(dynamic_shapes.attr("values")());
}

py::tuple python_args(const Exchange& exchange, const Values& args) {
  py::list objects;
  for (const auto& arg : args) objects.append(exchange.to_python(arg));
  return py::tuple(objects);
}

py::dict python_kwargs(const Exchange& exchange, const Kwargs& kwargs) {
  py::dict objects;
  for (const auto& [name, value] : kwargs) objects[py::str(name)] = exchange.to_python(value);
  return objects;
}

/// The model's tensors by name, of those that C++ can share.
OrderedMap<at::Tensor> named_tensors(const py::object& model, const char* method) {
  OrderedMap<at::Tensor> tensors;
  const auto keywords = py::dict(py::arg("remove_duplicate") = false);
  for (const auto& entry : model.attr(method)(**keywords)) {
    const auto [name, tensor] = entry.cast<std::pair<std::string, py::object>>();
    if (THPVariable_CheckExact(tensor.ptr()))
      tensors.insert(name, THPVariable_Unpack(tensor.ptr()));
  }
  return tensors;
}

/// A Python model as a transformation sees it; calling it calls Python. In a dry run that is a
/// copy of the model, told that it is exported.
Module as_module(const py::object& model, const std::shared_ptr<Exchange>& exchange) {
  const auto forward = [model, exchange](const Values& args, const Kwargs& kwargs) {
    const py::tuple inputs = python_args(*exchange, args);
    const py::dict keywords = python_kwargs(*exchange, kwargs);
    if (!is_exporting()) return exchange->to_value(model(*inputs, **keywords));
    return exchange->to_value(unittest_bridge().attr("run_as_exported")(model, inputs, keywords));
  };
  const auto state = [model] {
    ModuleState state;
    state.parameters = named_tensors(model, "named_parameters");
    state.buffers = named_tensors(model, "named_buffers");
    return state;
  };
  return Module(forward, state).source(PythonModel{model});
}

/// One call of the replaced export.
class Call {
 public:
  /// `given` has the arguments by the names of export's parameters.
  Call(py::object original, py::dict given) : original_(std::move(original)), given_(given) {
    if (given_.contains("args") && py::isinstance<py::tuple>(given_["args"])) {
      for (const auto& item : given_["args"]) args_.push_back(exchange_->to_value(item));
    }
    if (given_.contains("kwargs") && py::isinstance<py::dict>(given_["kwargs"])) {
      for (const auto& [name, item] : py::dict(given_["kwargs"])) {
        kwargs_.emplace_back(py::str(name).cast<std::string>(), exchange_->to_value(item));
      }
    }
  }

  py::object run(const std::vector<const Transform*>& chain) {
    ExportCall call{as_module(given_["mod"], exchange_), args_, kwargs_, options()};
    return crossings_.to_python(apply_transforms(
        chain, std::move(call), [this](ExportCall inner) { return export_in_python(inner); }));
  }

 private:
  ExportOptions options() const {
    ExportOptions options;
    if (given_.contains("strict") && py::isinstance<py::bool_>(given_["strict"])) {
      options.strict = given_["strict"].cast<bool>();
    }
    if (given_.contains(kPreserved)) {
      options.preserve_module_call_signature =
          py::list(given_[kPreserved]).cast<std::vector<std::string>>();
    }
    if (given_.contains(kPrefer)) {
      options.prefer_deferred_runtime_asserts_over_guards = given_[kPrefer].cast<bool>();
    }
    return options;
  }

  /// What the test gave, with what transformations changed in it.
  py::dict python_options(const ExportOptions& options) const {
    py::dict keywords = given_.attr("copy")();
    for (const char* name : {"mod", "args", "kwargs"}) {
      if (keywords.contains(name)) keywords.attr("pop")(name);
    }
    if (options.strict) keywords["strict"] = *options.strict;
    const auto& preserved = options.preserve_module_call_signature;
    if (given_.contains(kPreserved) || !preserved.empty()) {
      keywords[kPreserved] = py::tuple(py::cast(preserved));
    }
    const bool prefer = options.prefer_deferred_runtime_asserts_over_guards;
    if (given_.contains(kPrefer) || prefer) keywords[kPrefer] = prefer;
    return keywords;
  }

  /// The very objects of the test, unless a transformation has changed the arguments.
  py::object args_for(const Values& args) const {
    const bool is_changed = !is_same_value(Value::tuple(args), Value::tuple(args_));
    return is_changed || !given_.contains("args") ? py::object(python_args(*exchange_, args))
                                                  : py::object(given_["args"]);
  }

  py::object kwargs_for(const Kwargs& kwargs) const {
    bool is_changed = kwargs.size() != kwargs_.size();
    for (std::size_t i = 0; !is_changed && i < kwargs.size(); ++i) {
      is_changed = kwargs[i].first != kwargs_[i].first ||
                   !is_same_value(kwargs[i].second, kwargs_[i].second);
    }
    if (is_changed) return python_kwargs(*exchange_, kwargs);
    return given_.contains("kwargs") ? py::object(given_["kwargs"]) : py::none();
  }

  ExportedProgram export_in_python(const ExportCall& call) {
    if (!call.options.dynamic_shapes.empty()) {
      throw UnsupportedError("a transformation gives dynamic shapes of C++ to Python's export");
    }
    py::dict options = python_options(call.options);
    py::object model;
    if (const auto* source = call.module.source<PythonModel>()) {
      model = source->object;
    } else if (const auto* program = call.module.source<ExportedProgram>()) {
      model = unittest_bridge().attr("python_module")(crossings_.to_python(*program));
      if (options.contains(kDynamic)) options[kDynamic] = by_position(options[kDynamic]);
    } else {
      return export_in_cpp(call, options);
    }
    return crossings_.to_cpp(
        original_(model, args_for(call.args), kwargs_for(call.kwargs), **options));
  }

  /// A transformation made a module of its own.
  ExportedProgram export_in_cpp(const ExportCall& call, const py::dict& options) {
    const bool is_static = !options.contains(kDynamic) || options[kDynamic].is_none();
    if (is_static) return export_program(call);
    throw UnsupportedError(
        "a transformation exports a C++ module, and the test's dynamic_shapes are Python's: "
        "only its static exports can be transformed so");
  }

  static constexpr const char* kPreserved = "preserve_module_call_signature";
  static constexpr const char* kPrefer = "prefer_deferred_runtime_asserts_over_guards";
  static constexpr const char* kDynamic = "dynamic_shapes";

  py::object original_;
  py::dict given_;
  std::shared_ptr<Exchange> exchange_ = std::make_shared<Exchange>();
  Crossings crossings_;
  Values args_;
  Kwargs kwargs_;
};

}  // namespace

py::object replaced_export(const py::object& original, const std::vector<const Transform*>& chain) {
  if (chain.empty()) return original;
  const py::object signature = py::module_::import("inspect").attr("signature")(original);
  const auto call = [original, signature, &chain](const py::args& args, const py::kwargs& kwargs) {
    py::object bound;
    try {
      bound = signature.attr("bind")(*args, **kwargs);
    } catch (const py::error_already_set&) {
      return original(*args, **kwargs);  // says in its own words what is wrong with the call
    }
    return with_python_errors(
        [&] { return Call(original, py::dict(bound.attr("arguments"))).run(chain); });
  };
  const py::object replacement = py::cpp_function(call);
  return py::module_::import("functools")
      .attr("wraps")(original)(py::module_::import("functools").attr("partial")(replacement));
}

}  // namespace roundtrip
