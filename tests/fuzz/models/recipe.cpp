#include "recipe.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <roundtrip/control_flow.h>

#include <stdexcept>

namespace roundtrip::fuzz {
namespace {

using c10::IValue;

at::Tensor make_tensor(const TensorSpec& spec, const std::vector<std::int64_t>& sizes,
                       const at::Generator& generator) {
  std::vector<std::int64_t> shape;
  for (const Extent& extent : spec.extents) {
    shape.push_back(extent.symbol ? sizes.at(*extent.symbol) : extent.size);
  }
  const auto options = at::device(at::kCPU).dtype(spec.dtype);
  if (spec.dtype == at::kBool) return at::randint(0, 2, shape, generator, options);
  if (at::isIntegralType(spec.dtype, false)) return at::randint(0, 4, shape, generator, options);
  const at::Tensor numbers = at::rand(shape, generator, at::kDouble) * 4 - 2;
  return numbers.to(spec.dtype);
}

c10::SymInt size_of(const Size& size, const std::vector<at::Tensor>& values) {
  if (!size.of) return size.add;
  return values.at(size.of->index).sym_size(size.dim) * size.factor + size.add;
}

/// Makes of an argument what the operator takes.
struct Maker {
  const std::vector<at::Tensor>& values;

  IValue operator()(const IValue& value) const { return value; }
  IValue operator()(const Ref& ref) const { return values.at(ref.index); }
  IValue operator()(const std::vector<Ref>& refs) const {
    c10::List<at::Tensor> list;
    for (const Ref& ref : refs) list.push_back(values.at(ref.index));
    return list;
  }
  IValue operator()(const std::vector<std::optional<Ref>>& refs) const {
    c10::List<std::optional<at::Tensor>> list;
    for (const auto& ref : refs) {
      list.push_back(ref ? std::optional(values.at(ref->index)) : std::nullopt);
    }
    return list;
  }
  IValue operator()(const Size& size) const { return size_of(size, values); }
  IValue operator()(const std::vector<Size>& sizes) const {
    std::vector<c10::SymInt> list;
    for (const Size& size : sizes) list.push_back(size_of(size, values));
    return c10::SymIntArrayRef(list);
  }
};

void append(const IValue& result, std::vector<at::Tensor>& values) {
  if (result.isTensor()) values.push_back(result.toTensor());
  if (!result.isTensorList()) return;
  for (const at::Tensor& tensor : result.toTensorVector()) values.push_back(tensor);
}

at::Tensor call_unary(const std::string& op, const at::Tensor& operand) {
  const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(op.c_str(), "");
  torch::jit::Stack stack{operand};
  handle.callBoxed(stack);
  return stack.at(0).toTensor();
}

at::Tensor run_cond(const Step& step, const std::vector<at::Tensor>& values) {
  const auto branch = [](std::string op) {
    return [op](const at::Tensor& operand) { return call_unary(op, operand); };
  };
  const auto name = [&](std::size_t i) {
    return std::get<IValue>(step.arguments.at(i)).toStringRef();
  };
  const at::Tensor predicate = values.at(std::get<Ref>(step.arguments[0]).index).sum().gt(0);
  return roundtrip::cond(predicate, branch(name(2)), branch(name(3)),
                         {values.at(std::get<Ref>(step.arguments[1]).index)});
}

std::string name_of(const Ref& ref) {
  return "v" + std::to_string(ref.index);
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::string text_of(const Size& size) {
  if (!size.of) return std::to_string(size.add);
  std::string text = name_of(*size.of) + ".sym_size(" + std::to_string(size.dim) + ")";
  if (size.factor != 1) text += " * " + std::to_string(size.factor);
  if (size.add != 0) text += " + " + std::to_string(size.add);
  return text;
}

struct Printer {
  std::string operator()(const IValue& value) const {
    if (value.isNone()) return "{}";
    if (value.isBool()) return value.toBool() ? "true" : "false";
    if (value.isString()) return '"' + value.toStringRef() + '"';
    if (!value.isList()) return c10::str(value);
    std::vector<std::string> items;
    for (const IValue& item : value.toListRef()) items.push_back((*this)(item));
    return "{" + joined(items) + "}";
  }
  std::string operator()(const Ref& ref) const { return name_of(ref); }
  std::string operator()(const std::vector<Ref>& refs) const {
    std::vector<std::string> items;
    for (const Ref& ref : refs) items.push_back(name_of(ref));
    return "{" + joined(items) + "}";
  }
  std::string operator()(const std::vector<std::optional<Ref>>& refs) const {
    std::vector<std::string> items;
    for (const auto& ref : refs) items.push_back(ref ? name_of(*ref) : "{}");
    return "{" + joined(items) + "}";
  }
  std::string operator()(const Size& size) const { return text_of(size); }
  std::string operator()(const std::vector<Size>& sizes) const {
    std::vector<std::string> items;
    for (const Size& size : sizes) items.push_back(text_of(size));
    return "{" + joined(items) + "}";
  }
};

std::string text_of(const TensorSpec& spec, const Recipe& recipe) {
  std::vector<std::string> items;
  for (const Extent& extent : spec.extents) {
    items.push_back(extent.symbol ? "/*s" + std::to_string(*extent.symbol) + "*/ " +
                                        std::to_string(recipe.sizes.at(*extent.symbol))
                                  : std::to_string(extent.size));
  }
  return "{" + joined(items) + "} of " + c10::toString(spec.dtype);
}

}  // namespace

std::vector<at::Tensor> make_tensors(const std::vector<TensorSpec>& specs,
                                     const std::vector<std::int64_t>& sizes, std::uint64_t seed) {
  const at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<at::Tensor> tensors;
  for (const TensorSpec& spec : specs) tensors.push_back(make_tensor(spec, sizes, generator));
  return tensors;
}

void run_step(const Step& step, std::vector<at::Tensor>& values) {
  if (step.op == Step::kCond) {
    values.push_back(run_cond(step, values));
  } else {
    const auto op =
        c10::Dispatcher::singleton().findSchemaOrThrow(step.op.c_str(), step.overload.c_str());
    torch::jit::Stack stack;
    for (const Argument& argument : step.arguments) {
      stack.push_back(std::visit(Maker{values}, argument));
    }
    op.callBoxed(stack);
    for (const IValue& result : stack) append(result, values);
  }
}

Module make_module(const Recipe& recipe, const std::vector<at::Tensor>& buffers) {
  const auto forward = [recipe, buffers](const Values& args, const Kwargs&) {
    std::vector<at::Tensor> values;
    for (const Value& arg : args) values.push_back(arg.tensor());
    values.insert(values.end(), buffers.begin(), buffers.end());
    for (const Step& step : recipe.steps) {
      const std::size_t before = values.size();
      run_step(step, values);
      if (values.size() - before != step.results) {
        throw std::runtime_error(step.op + " gives another number of tensors");
      }
    }
    Values outputs;
    for (const Ref& output : recipe.outputs) outputs.emplace_back(values.at(output.index));
    return Value::tuple(std::move(outputs));
  };
  Module module(forward, [buffers] {
    ModuleState state;
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      state.buffers.insert("b" + std::to_string(i), buffers[i]);
    }
    return state;
  });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < recipe.inputs.size(); ++i) names.push_back("v" + std::to_string(i));
  module.arg_names(std::move(names));
  return module;
}

std::string to_cpp(const Recipe& recipe) {
  std::string text;
  std::size_t next = 0;
  for (const TensorSpec& spec : recipe.inputs) {
    text += "// input v" + std::to_string(next++) + ": " + text_of(spec, recipe) + "\n";
  }
  for (const TensorSpec& spec : recipe.buffers) {
    text += "// buffer v" + std::to_string(next++) + ": " + text_of(spec, recipe) + "\n";
  }
  for (const Step& step : recipe.steps) {
    std::vector<std::string> arguments, results;
    for (const Argument& argument : step.arguments) {
      arguments.push_back(std::visit(Printer{}, argument));
    }
    for (std::size_t i = 0; i < step.results; ++i) {
      results.push_back("v" + std::to_string(next++));
    }
    const std::string left = results.size() == 1 ? results[0] : "[" + joined(results) + "]";
    const std::string name = step.op.starts_with("aten::") ? "at::" + step.op.substr(6) : step.op;
    text += "auto " + left + " = " + name + "(" + joined(arguments) + ");";
    text += step.overload.empty() ? "\n" : "  // " + step.overload + "\n";
  }
  std::vector<std::string> outputs;
  for (const Ref& output : recipe.outputs) outputs.push_back(name_of(output));
  return text + "return std::tuple(" + joined(outputs) + ");\n";
}

}  // namespace roundtrip::fuzz
