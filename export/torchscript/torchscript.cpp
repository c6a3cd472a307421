#include <roundtrip/convert.h>
#include <roundtrip/error.h>
#include <roundtrip/torchscript.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "export/dispatch/capture_handler.h"
#include "export/torchscript/attributes.h"
#include "export/torchscript/evaluator.h"
#include "export/torchscript/source.h"
#include "export/torchscript/unsafe_operators.h"
#include "export/torchscript/values.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// The arguments of a method: positional ones, keywords, defaults.
class ArgumentBinder {
 public:
  explicit ArgumentBinder(const c10::FunctionSchema& schema) : schema_(schema) {}

  jit::Stack bind(const IValue& self, const Values& args, const Kwargs& kwargs) const {
    const auto& formals = schema_.arguments();
    if (args.size() + 1 > formals.size()) {
      throw InputError(c10::str(schema_.name(), "() takes ", formals.size() - 1, " arguments but ",
                                args.size(), " were given"));
    }
    refuse_unknown(args.size(), kwargs);
    jit::Stack stack{self};
    for (std::size_t i = 1; i < formals.size(); ++i) {
      const Value* given = i <= args.size() ? &args[i - 1] : find(kwargs, formals[i].name());
      stack.push_back(given != nullptr ? to_ivalue(*given, *formals[i].real_type(), what(i))
                                       : default_of(i));
    }
    return stack;
  }

 private:
  static const Value* find(const Kwargs& kwargs, const std::string& name) {
    for (const auto& [key, value] : kwargs) {
      if (key == name) return &value;
    }
    return nullptr;
  }

  void refuse_unknown(std::size_t positional, const Kwargs& kwargs) const {
    for (const auto& entry : kwargs) {
      const auto index = schema_.argumentIndexWithName(entry.first);
      if (!index || *index == 0) {
        throw InputError(schema_.name() + "() got an unexpected keyword argument '" + entry.first +
                         "'");
      }
      if (static_cast<std::size_t>(*index) <= positional) {
        throw InputError(schema_.name() + "() got multiple values for argument '" + entry.first +
                         "'");
      }
    }
  }

  IValue default_of(std::size_t index) const {
    const auto& formal = schema_.arguments()[index];
    if (formal.default_value()) return *formal.default_value();
    throw InputError(schema_.name() + "() misses its argument '" + formal.name() + "'");
  }

  std::string what(std::size_t index) const {
    return "argument '" + schema_.arguments()[index].name() + "' of " + schema_.name() + "()";
  }

  const c10::FunctionSchema& schema_;
};

/// Puts back the attributes of a model's modules: a run of it may assign to them.
class SavedAttributes {
 public:
  explicit SavedAttributes(const jit::Module& model) {
    for (const auto& module : model.modules()) {
      saved_.emplace_back(module._ivalue(), module._ivalue()->slots());
    }
  }
  ~SavedAttributes() {
    for (auto& [object, slots] : saved_) {
      for (std::size_t i = 0; i < slots.size(); ++i) object->setSlot(i, std::move(slots[i]));
    }
  }

  /// A tensor attribute that was assigned is written to at the end, as in Python. Returns
  /// `result`, with copies of the old values that it has.
  IValue write_assigned_buffers(const IValue& result) const {
    std::vector<BufferWrite> writes;
    for (const auto& [object, slots] : saved_) {
      for (std::size_t i = 0; i < slots.size(); ++i) {
        const IValue& now = object->getSlot(i);
        if (!slots[i].isTensor() || !now.isTensor() || now.is(slots[i])) continue;
        if (!slots[i].toTensor().defined()) continue;
        writes.push_back({slots[i].toTensor(), now.toTensor()});
      }
    }
    return write_all(std::move(writes), result);
  }

  SavedAttributes(const SavedAttributes&) = delete;
  SavedAttributes& operator=(const SavedAttributes&) = delete;

 private:
  std::vector<std::pair<jit::ObjectPtr, std::vector<IValue>>> saved_;
};

/// Without the executor's optimisations, which would call operators of their own.
Value run_method(const jit::Method& method, const Values& args, const Kwargs& kwargs) {
  refuse_unsafe_operators(method.owner());
  refuse_autocast(method.owner());
  const jit::GraphOptimizerEnabledGuard unoptimized(false);
  const SavedAttributes saved(method.owner());
  jit::Stack stack =
      ArgumentBinder(method.function().getSchema()).bind(method.owner()._ivalue(), args, kwargs);
  try {
    method.function().run(stack);
  } catch (const std::exception& error) {
    // The jit's own exceptions carry the text of what a capture threw, but not its type.
    if (!is_capturing()) throw;
    throw CaptureError(std::string("forward failed: ") + error.what());
  }
  return Convert<IValue>::to_value(is_capturing() ? saved.write_assigned_buffers(stack.at(0))
                                                  : stack.at(0));
}

Value convert_method(const jit::Method& method, const Values& args, const Kwargs& kwargs) {
  refuse_unsafe_operators(method.owner());
  Evaluator evaluator(method.owner());
  jit::Stack stack =
      ArgumentBinder(method.function().getSchema()).bind(method.owner()._ivalue(), args, kwargs);
  return Convert<IValue>::to_value(evaluator.convert(method.function(), std::move(stack)));
}

std::vector<std::string> argument_names(const jit::Method& method) {
  std::vector<std::string> names;
  for (const auto& argument : method.function().getSchema().arguments()) {
    names.push_back(argument.name());
  }
  names.erase(names.begin());
  return names;
}

}  // namespace

ModuleState state_of(const jit::Module& model) {
  ModuleState state;
  for (const auto& entry : model.named_parameters()) {
    state.parameters.insert(entry.name, entry.value);
  }
  for (const auto& entry : model.named_buffers()) state.buffers.insert(entry.name, entry.value);
  for (const auto& entry : model.named_modules()) {
    state.modules.push_back({entry.name, python_name(*entry.value.type()->name())});
  }
  return state;
}

Module make_module(const jit::Module& model, const std::string& method_name) {
  const auto method = model.find_method(method_name);
  if (!method) {
    throw CaptureError("the TorchScript model has no method '" + method_name + "'");
  }
  Module module(
      [method = *method](const Values& args, const Kwargs& kwargs) {
        return run_method(method, args, kwargs);
      },
      [model] { return state_of(model); });
  module.graph_forward([method = *method](const Values& args, const Kwargs& kwargs) {
    return convert_method(method, args, kwargs);
  });
  return module.arg_names(argument_names(*method));
}

}  // namespace roundtrip
