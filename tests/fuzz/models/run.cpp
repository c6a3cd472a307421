#include "run.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/symbolic.h>

#include <stdexcept>

namespace roundtrip::fuzz {
namespace {

using c10::IValue;
using Tensors = std::vector<at::Tensor>;

c10::SymInt size_of(const SizeOf& size, const Tensors& values) {
  return values.at(size.tensor.index).sym_size(size.dim);
}

c10::SymInt combined(char operation, const c10::SymInt& left, const c10::SymInt& right) {
  switch (operation) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / (right + 1);
    case '%':
      return left % (right + 1);
    case '<':
      return sym_min(left, right);
    case '>':
      return sym_max(left, right);
    default:
      throw std::logic_error("no such operation on sizes");
  }
}

c10::SymInt number_of(const Size& size, const Tensors& values) {
  if (!size.of) return size.add;
  c10::SymInt number = size_of(*size.of, values);
  if (size.other) number = combined(size.operation, number, size_of(*size.other, values));
  return number * size.factor + size.add;
}

/// Makes of an argument what the operator takes.
struct Maker {
  const Tensors& values;

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
  IValue operator()(const Size& size) const { return number_of(size, values); }
  IValue operator()(const std::vector<Size>& sizes) const {
    std::vector<c10::SymInt> list;
    for (const Size& size : sizes) list.push_back(number_of(size, values));
    return c10::SymIntArrayRef(list);
  }
};

void append(const IValue& result, Tensors& values) {
  if (result.isTensor()) values.push_back(result.toTensor());
  if (!result.isTensorList()) return;
  for (const at::Tensor& tensor : result.toTensorVector()) values.push_back(tensor);
}

Tensors at_refs(const std::vector<Ref>& refs, const Tensors& values) {
  Tensors tensors;
  for (const Ref& ref : refs) tensors.push_back(values.at(ref.index));
  return tensors;
}

Values as_values(const Tensors& tensors) {
  return {tensors.begin(), tensors.end()};
}

Values run_body(const Body& body, Tensors values, const Tensors& captured) {
  values.insert(values.end(), captured.begin(), captured.end());
  for (const Step& step : body.steps) run_step(step, values);
  return as_values(at_refs(body.outputs, values));
}

/// Control flow, run with the library's functions.
class ControlFlow {
 public:
  ControlFlow(const Step& step, const Tensors& values)
      : step_(step),
        decides_(step.arguments[0]),
        values_(values),
        operands_(as_values(at_refs(step.operands(), values))),
        captured_(at_refs(step.captured(), values)) {}

  Value run() const {
    if (step_.op == Step::kCond) return cond();
    if (step_.op == Step::kWhileLoop) return while_loop();
    return step_.op == Step::kMap ? map() : scan();
  }

 private:
  GraphFunction body(std::size_t index) const {
    return [function = step_.bodies.at(index), captured = captured_](const Values& args) {
      Tensors tensors;
      for (const Value& arg : args) tensors.push_back(arg.tensor());
      return Value::tuple(run_body(function, std::move(tensors), captured));
    };
  }

  /// The tensor or size that decides, as a number.
  at::Tensor sum() const { return values_.at(std::get<Ref>(decides_).index).sum().to(at::kLong); }

  Value cond() const {
    const auto* size = std::get_if<Size>(&decides_);
    const Value predicate =
        size != nullptr ? Value(number_of(*size, values_).sym_gt(3)) : Value(sum().gt(0));
    return roundtrip::cond(predicate, body(0), body(1), operands_);
  }

  Value while_loop() const {
    const auto* size = std::get_if<Size>(&decides_);
    const at::Tensor limit = size != nullptr ? at::Tensor() : sum().remainder(4);
    const std::optional<c10::SymInt> count =
        size != nullptr ? std::optional(number_of(*size, values_)) : std::nullopt;
    const GraphFunction goes_on = [=](const Values& carried) -> Value {
      return count ? carried[0].tensor().lt(c10::Scalar(*count)) : carried[0].tensor().lt(limit);
    };
    const GraphFunction turn = [inner = body(0)](const Values& carried) {
      Values next{carried[0].tensor() + 1};
      const Value rest = inner(Values(carried.begin() + 1, carried.end()));
      next.insert(next.end(), rest.container().items.begin(), rest.container().items.end());
      return Value::tuple(std::move(next));
    };
    Values carried{at::zeros({}, at::kLong)};
    carried.insert(carried.end(), operands_.begin(), operands_.end());
    return roundtrip::while_loop(goes_on, turn, carried);
  }

  Value map() const {
    return roundtrip::map(body(0), operands_[0], Values(operands_.begin() + 1, operands_.end()));
  }

  Value scan() const {
    const bool reverse = std::get<IValue>(decides_).toBool();
    const GraphFunction combine = [inner = body(0)](const Values& args) { return inner(args); };
    return roundtrip::scan(combine, operands_[0], operands_[1], {.reverse = reverse});
  }

  const Step& step_;
  const Argument& decides_;
  const Tensors& values_;
  Values operands_;
  Tensors captured_;
};

void run_operator(const Step& step, Tensors& values) {
  const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow(step.op.c_str(), step.overload.c_str());
  torch::jit::Stack stack;
  for (const Argument& argument : step.arguments) {
    stack.push_back(std::visit(Maker{values}, argument));
  }
  op.callBoxed(stack);
  for (const IValue& result : stack) append(result, values);
}

Value forward(const Recipe& recipe, const Tensors& state, const Values& args) {
  Tensors values;
  for (const Value& arg : args) values.push_back(arg.tensor());
  values.insert(values.end(), state.begin(), state.end());
  for (const Step& step : recipe.steps) {
    const std::size_t before = values.size();
    run_step(step, values);
    if (values.size() - before != step.results) {
      throw std::runtime_error(step.op + " gives another number of tensors");
    }
  }
  Values outputs = as_values(at_refs(recipe.outputs, values));
  for (const Size& number : recipe.number_outputs) outputs.emplace_back(number_of(number, values));
  return Value::tuple(std::move(outputs));
}

ModuleState state_of(const Recipe& recipe, const Tensors& state) {
  ModuleState result;
  for (std::size_t i = 0; i < state.size(); ++i) {
    auto& kind = recipe.state[i].parameter ? result.parameters : result.buffers;
    kind.insert("t" + std::to_string(i), state[i]);
  }
  return result;
}

}  // namespace

void run_step(const Step& step, std::vector<at::Tensor>& values) {
  if (step.bodies.empty()) return run_operator(step, values);
  const Value result = ControlFlow(step, values).run();
  for (const Value& item : result.container().items) values.push_back(item.tensor());
}

Module make_module(const Recipe& recipe, const std::vector<at::Tensor>& state) {
  Module module(
      [recipe, state](const Values& args, const Kwargs&) { return forward(recipe, state, args); },
      [recipe, state] { return state_of(recipe, state); });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < recipe.inputs.size(); ++i) names.push_back("v" + std::to_string(i));
  module.arg_names(std::move(names));
  return module;
}

}  // namespace roundtrip::fuzz
