#include <ATen/ATen.h>
#include <roundtrip/symbolic.h>

#include <algorithm>

#include "export/capture/recording/recorder.h"
#include "export/capture/trace/arguments.h"
#include "export/graph/python_functions.h"
#include "export/symbolic/expr/algebra.h"

/// The part of the recorder that is about numbers: values of data, and arithmetic on
/// them and on sizes.

namespace roundtrip {
namespace {

using c10::IValue;

/// The number that the same call gave before, unless something was written since: a
/// tensor has one value, as Python's fake tensors remember.
const std::string* same_item(const Trace& trace, const schema::Node& call) {
  const auto& tensor = call.inputs[0].arg.get<schema::TensorArgument>()->name;
  for (auto traced = trace.nodes.rbegin(); traced != trace.nodes.rend(); ++traced) {
    if (traced->writes) return nullptr;
    const schema::Node& node = traced->node;
    if (node.target != call.target) continue;
    if (node.inputs[0].arg.get<schema::TensorArgument>()->name == tensor) return &*node.name;
  }
  return nullptr;
}

IValue symbolic_number(const Trace& trace, const std::string& name, NumberPlace place) {
  const SymbolicValue& number = trace.numbers.at(name);
  switch (number.type) {
    case SymbolType::integer:
      return make_sym_int(trace.symbols, number.expr, std::move(place));
    case SymbolType::real:
      return make_sym_float(trace.symbols, number.expr, std::move(place));
    default:
      return make_sym_bool(trace.symbols, number.expr, std::move(place));
  }
}

}  // namespace

std::string Recorder::add_number_input(const SymbolicValue& number) {
  std::string value = "arg" + std::to_string(trace_.placeholders.size()) + "_1";
  trace_.placeholders.push_back({PlaceholderKind::user_input, value, "", {}});
  trace_.numbers.emplace(value, number);
  return value;
}

schema::Argument Recorder::number_argument(const c10::SymNode& number) {
  auto* node = as_sym_node(number);
  if (node == nullptr || &node->symbols() != trace_.symbols.get()) {
    throw CaptureError("forward uses a symbolic number of another capture");
  }
  const Expr& expr = node->expr();
  if (expr.kind == ExprKind::integer) return {std::get<std::int64_t>(expr.value)};
  if (expr.kind == ExprKind::floating) return {std::get<double>(expr.value)};
  if (expr.kind == ExprKind::boolean) return {std::get<bool>(expr.value)};
  SymNode::Place& place = node->place();
  if (place.name.empty()) {
    if (place.tensor.empty()) {
      throw CaptureError("forward uses the number " + to_string(expr) +
                         ", which no value of the graph has");
    }
    schema::Node query;
    query.target = "torch.ops.aten." + place.query;
    query.inputs = {{"self", {schema::TensorArgument{place.tensor}}, ArgumentKind::positional}};
    if (place.query.ends_with(".int")) {
      query.inputs.push_back({"dim", {place.dimension}, ArgumentKind::positional});
    }
    std::string candidate = place.query;
    std::replace(candidate.begin(), candidate.end(), '.', '_');
    place.name = append_number(std::move(query), candidate, node->value());
  }
  return argument_of(node->value().type, place.name);
}

std::string Recorder::append_number(schema::Node node, const std::string& candidate,
                                    SymbolicValue value, std::vector<SymbolBinding> bindings) {
  const std::string name = trace_.names.create(candidate);
  node.name = name;
  node.outputs = {argument_of(value.type, name)};
  for (SymbolBinding& binding : bindings) binding.result = name;
  trace_.numbers.emplace(name, std::move(value));
  append(std::move(node), c10::GradMode::is_enabled());
  trace_.nodes.back().bindings = std::move(bindings);
  return name;
}

NumberPlace Recorder::record_arithmetic(const std::string& target,
                                        const std::vector<c10::SymNode>& operands,
                                        const SymbolicValue& result) {
  std::vector<schema::Argument> arguments;
  for (const c10::SymNode& operand : operands) arguments.push_back(number_argument(operand));
  schema::Node node = call_of_function(target, std::move(arguments));
  return number_place(append_number(std::move(node), target.substr(target.rfind('.') + 1), result));
}

/// `item()` gives a symbol of data. The value of a tensor that forward itself made of
/// numbers is that number.
IValue Recorder::item_of(const at::Tensor& argument) {
  const at::Tensor tensor = local(argument);
  const auto* traced_tensor = as_traced(tensor);
  const at::Tensor twin = traced_tensor != nullptr ? traced_tensor->twin() : tensor;
  const c10::Scalar value = twin.item();
  const bool own_number = traced_tensor == nullptr && tensor.has_storage() &&
                          empties_.count(tensor.storage().unsafeGetStorageImpl()) > 0;
  if (own_number || value.isComplex() || trace_.symbols->rehearsing) {
    if (value.isComplex()) {
      throw UnsupportedError(
          "forward calls item() on a complex tensor: a program has no symbolic "
          "complex numbers. Keep the value in a tensor");
    }
    return value;
  }
  schema::Node node;
  const std::string called = layer_ == nullptr ? "item" : "_local_scalar_dense";
  node.target = "torch.ops.aten." + called + ".default";
  node.inputs = {{"self", {schema::TensorArgument{value_of(tensor)}}, ArgumentKind::positional}};
  if (const std::string* known = same_item(trace_, node)) {
    reserve_name(called);
    return symbolic_number(trace_, *known, number_place(*known));
  }
  ShapeEnv& env = trace_.symbols->env;
  SymNode::Place place;
  const auto append_item = [&](Expr expr, SymbolType type) {
    const Expr& symbol = type == SymbolType::boolean ? expr.children.front() : expr;
    trace_.symbols->all.push_back(symbol);
    place = number_place(
        append_number(std::move(node), called, {expr, type}, {{symbol, "", std::nullopt}}));
    return expr;
  };
  if (value.isBoolean()) {
    const Expr expr = append_item(env.new_unbacked_bool(value.toBool()), SymbolType::boolean);
    return make_sym_bool(trace_.symbols, expr, place);
  }
  if (value.isFloatingPoint()) {
    const Expr expr = append_item(env.new_unbacked_float(value.toDouble()), SymbolType::real);
    return make_sym_float(trace_.symbols, expr, place);
  }
  const Expr expr = append_item(env.new_unbacked_int(value.toLong()), SymbolType::integer);
  return make_sym_int(trace_.symbols, expr, place);
}

c10::SymInt Recorder::new_size(std::int64_t value, std::optional<std::int64_t> most) {
  const Expr symbol = expr_of(new_number(value));
  trace_.symbols->env.mark_size(symbol, most);
  return make_sym_int(trace_.symbols, symbol);
}

c10::SymInt Recorder::new_number(std::int64_t value) {
  const Expr symbol = trace_.symbols->env.new_unbacked_int(value);
  trace_.symbols->all.push_back(symbol);
  new_symbols_.push_back(symbol);
  return make_sym_int(trace_.symbols, symbol);
}

/// An assertion of a program captured before: a fact, which the program asserts where it
/// needs it, and a node, as long as nothing else asserts the same.
void Recorder::record_assertion(const OperatorCall& call) {
  torch_check(call.arguments[0].toSymBool(), call.arguments[1].toStringRef());
  if (trace_.symbols->rehearsing) return;
  schema::Node node;
  node.target = call.facts.target;
  node.inputs =
      named_arguments(call.op.schema(), call.arguments, {},
                      [this](const c10::SymNode& number) { return number_argument(number); });
  node.name = trace_.names.create(call.facts.fx_name);
  append(std::move(node), c10::GradMode::is_enabled());
}

namespace {

/// What the operator says of a tensor of symbolic sizes; nothing if it says nothing of them.
std::optional<c10::SymInt> size_number(SpecialOperator query, const at::Tensor& tensor,
                                       c10::ArrayRef<IValue> arguments) {
  if (symbolic_layout(tensor) == nullptr) return std::nullopt;
  switch (query) {
    case SpecialOperator::size:
    case SpecialOperator::plain_size:
      return tensor.sym_size(arguments[1].toInt());
    case SpecialOperator::stride:
    case SpecialOperator::plain_stride:
      return tensor.sym_stride(arguments[1].toInt());
    case SpecialOperator::numel:
      return tensor.sym_numel();
    case SpecialOperator::storage_offset:
      return tensor.sym_storage_offset();
    default:
      return std::nullopt;
  }
}

bool is_plain(SpecialOperator query) {
  return query == SpecialOperator::plain_size || query == SpecialOperator::plain_stride;
}

}  // namespace

bool Recorder::answer(const OperatorCall& call, torch::jit::Stack& stack) {
  const auto& arguments = call.arguments;
  const SpecialOperator special = call.facts.special;
  if (special == SpecialOperator::item) {
    stack.push_back(item_of(arguments[0].toTensor()));
    return true;
  }
  if (special == SpecialOperator::assertion) {
    if (arguments[0].isSymBool()) {
      record_assertion(call);
    } else if (!arguments[0].toScalar().to<bool>()) {
      throw CaptureError(arguments[1].toStringRef());
    }
    return true;
  }
  if (!arguments[0].isTensor()) return false;
  const auto number = size_number(special, local(arguments[0].toTensor()), arguments);
  if (!number) return false;
  // Called as an operator by TorchScript's interpreter.
  if (is_plain(special)) {
    stack.emplace_back(number->guard_int("", 0));
  } else {
    stack.emplace_back(*number);
  }
  return true;
}

}  // namespace roundtrip
