#include <ATen/ATen.h>
#include <roundtrip/symbolic.h>

#include <algorithm>
#include <limits>

#include "export/capture/arguments.h"
#include "export/capture/data_sizes.h"
#include "export/capture/layouts.h"
#include "export/capture/recorder.h"
#include "export/shapes/arithmetic.h"
#include "export/symbolic/algebra.h"

/// The part of the recorder that is about numbers: symbolic sizes, values of data and
/// arithmetic on both.

namespace roundtrip {
namespace {

using c10::IValue;

bool is_symbolic(const IValue& value) {
  if (value.isSymInt() || value.isSymFloat() || value.isSymBool() || value.isSymIntList()) {
    return true;
  }
  if (value.isTensor()) return symbolic_layout(value.toTensor()) != nullptr;
  if (!value.isTensorList() && !value.isOptionalTensorList()) return false;
  const auto items = value.toListRef();
  return std::any_of(items.begin(), items.end(), is_symbolic);
}

std::vector<at::Tensor> flat_tensors(const torch::jit::Stack& results) {
  std::vector<at::Tensor> tensors;
  for (const IValue& result : results) {
    if (result.isTensor()) tensors.push_back(result.toTensor());
    if (!result.isTensorList()) continue;
    for (const at::Tensor& tensor : result.toTensorVector()) tensors.push_back(tensor);
  }
  return tensors;
}

/// Names of the parameters of Python's functions on numbers.
std::vector<std::string> parameter_names(const std::string& target) {
  if (target == "torch.sym_ite") return {"b", "t", "f"};
  if (target.starts_with("math.")) return {"x"};
  return {"a", "b"};
}

bool uses(const Expr& expr, const Expr& symbol) {
  if (same(expr, symbol)) return true;
  return std::any_of(expr.children.begin(), expr.children.end(),
                     [&](const Expr& child) { return uses(child, symbol); });
}

Argument output_of(SymbolType type, const std::string& name) {
  switch (type) {
    case SymbolType::integer:
      return {SymIntArgument{name}};
    case SymbolType::real:
      return {SymFloatArgument{name}};
    default:
      return {SymBoolArgument{name}};
  }
}

}  // namespace

std::string Recorder::add_number_input(const SymbolicValue& number) {
  std::string value = "arg" + std::to_string(trace_.placeholders.size()) + "_1";
  trace_.placeholders.push_back({PlaceholderKind::user_input, value, "", {}});
  trace_.numbers.emplace(value, number);
  return value;
}

void Recorder::stand_for(TracedTensor& tensor, const std::string& value) {
  tensor.set_value(value);
  const auto layout = tensor.layout();
  set_layout(tensor, layout.get());
}

at::Tensor Recorder::traced(const at::Tensor& twin, const std::string& value,
                            const SymbolicLayout* layout) {
  at::Tensor tensor = make_traced(twin, value, graph_);
  set_layout(*as_traced(tensor), layout);
  return tensor;
}

/// Gives each symbolic number of the layout its place in the graph: a dimension of
/// this tensor.
void Recorder::set_layout(TracedTensor& tensor, const SymbolicLayout* layout) {
  if (layout == nullptr) {
    if (tensor.layout()) tensor.set_layout(nullptr, nullptr);
    return;
  }
  TensorExprs exprs;
  auto own = std::make_shared<SymbolicLayout>();
  bool symbolic = false;
  const auto place = [&](const c10::SymInt& number, const char* query, std::size_t dimension,
                         Expr& expr) {
    expr = trace_.symbols->env.simplify(expr_of(number));
    symbolic |= expr.kind != ExprKind::integer;
    return make_sym_int(trace_.symbols, expr,
                        {graph_, "", tensor.value(), query, static_cast<std::int64_t>(dimension)});
  };
  for (std::size_t i = 0; i < layout->sizes.size(); ++i) {
    own->sizes.push_back(place(layout->sizes[i], "sym_size.int", i, exprs.sizes.emplace_back()));
    own->strides.push_back(
        place(layout->strides[i], "sym_stride.int", i, exprs.strides.emplace_back()));
  }
  own->storage_offset =
      place(layout->storage_offset, "sym_storage_offset.default", 0, exprs.storage_offset);
  tensor.set_layout(symbolic ? own : nullptr, trace_.symbols);
  if (symbolic) trace_.layouts[tensor.value()] = std::move(exprs);
}

Argument Recorder::number_argument(const c10::SymNode& number) {
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
    Node query;
    query.target = "torch.ops.aten." + place.query;
    query.inputs = {{"self", {TensorArgument{place.tensor}}, ArgumentKind::positional}};
    if (place.query.ends_with(".int")) {
      query.inputs.push_back({"dim", {place.dimension}, ArgumentKind::positional});
    }
    std::string candidate = place.query;
    std::replace(candidate.begin(), candidate.end(), '.', '_');
    place.name = append_number(std::move(query), candidate, node->value());
  }
  return output_of(node->value().type, place.name);
}

std::string Recorder::append_number(Node node, const std::string& candidate, SymbolicValue value,
                                    std::vector<SymbolBinding> bindings) {
  const std::string name = trace_.names.create(candidate);
  node.name = name;
  node.outputs = {output_of(value.type, name)};
  for (SymbolBinding& binding : bindings) binding.result = name;
  trace_.numbers.emplace(name, std::move(value));
  append(std::move(node), c10::GradMode::is_enabled());
  trace_.nodes.back().bindings = std::move(bindings);
  return name;
}

NumberPlace Recorder::record_arithmetic(const std::string& target,
                                        const std::vector<c10::SymNode>& operands,
                                        const SymbolicValue& result) {
  Node node;
  node.target = target;
  const std::vector<std::string> names = parameter_names(target);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    node.inputs.push_back({names[i], number_argument(operands[i]), ArgumentKind::positional});
  }
  return number_place(append_number(std::move(node), target.substr(target.rfind('.') + 1), result));
}

/// `item()` gives a symbol of data. The value of a tensor that forward itself made of
/// numbers is that number.
bool Recorder::record_item(const c10::OperatorHandle& op, c10::ArrayRef<IValue> arguments,
                           torch::jit::Stack& stack) {
  const std::string& name = op.schema().name();
  if (name != "aten::item" && name != "aten::_local_scalar_dense") return false;
  const at::Tensor& tensor = arguments[0].toTensor();
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
    stack.push_back(value);
    return true;
  }
  Node node;
  const std::string called = caller_ == Caller::model ? "item" : "_local_scalar_dense";
  node.target = "torch.ops.aten." + called + ".default";
  node.inputs = {{"self", {TensorArgument{value_of(tensor)}}, ArgumentKind::positional}};
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
    stack.push_back(make_sym_bool(trace_.symbols, expr, place));
  } else if (value.isFloatingPoint()) {
    const Expr expr = append_item(env.new_unbacked_float(value.toDouble()), SymbolType::real);
    stack.push_back(make_sym_float(trace_.symbols, expr, place));
  } else {
    const Expr expr = append_item(env.new_unbacked_int(value.toLong()), SymbolType::integer);
    stack.push_back(make_sym_int(trace_.symbols, expr, place));
  }
  return true;
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

/// Operators that a program captured before calls on symbols. Assertions on numbers are
/// facts, which the program asserts where it needs them; sizes are those of the tensor.
bool Recorder::answer_about_numbers(const c10::OperatorHandle& op, c10::ArrayRef<IValue> arguments,
                                    torch::jit::Stack& stack) {
  const std::string& name = op.schema().name();
  if (name == "aten::_assert_tensor_metadata") return caller_ == Caller::model;
  if (name == "aten::_assert_scalar") {
    if (arguments[0].isSymBool()) {
      torch_check(arguments[0].toSymBool(), arguments[1].toStringRef());
    }
    return true;
  }
  if (arguments.empty() || !arguments[0].isTensor()) return false;
  const at::Tensor& tensor = arguments[0].toTensor();
  if (symbolic_layout(tensor) == nullptr) return false;
  // Called as operators by TorchScript's interpreter: read as plain numbers.
  if ((name == "aten::size" || name == "aten::stride") && arguments.size() == 2 &&
      arguments[1].isInt()) {
    const std::int64_t dim = arguments[1].toInt();
    const bool size = name == "aten::size";
    stack.emplace_back((size ? tensor.sym_size(dim) : tensor.sym_stride(dim)).guard_int("", 0));
    return true;
  }
  if (!name.starts_with("aten::sym_")) return false;
  if (name == "aten::sym_size" && arguments.size() == 2) {
    stack.emplace_back(tensor.sym_size(arguments[1].toInt()));
  } else if (name == "aten::sym_stride" && arguments.size() == 2) {
    stack.emplace_back(tensor.sym_stride(arguments[1].toInt()));
  } else if (name == "aten::sym_numel") {
    stack.emplace_back(tensor.sym_numel());
  } else if (name == "aten::sym_storage_offset") {
    stack.emplace_back(tensor.sym_storage_offset());
  } else {
    return false;
  }
  return true;
}

std::vector<SymbolicLayout> Recorder::layouts_of_data(const c10::OperatorHandle& op,
                                                      const std::vector<IValue>& arguments,
                                                      const std::vector<at::Tensor>& results) {
  const auto new_symbol = [this](std::int64_t value, const c10::SymInt& most) {
    constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
    if (most.maybe_as_int() == kLargest) return new_size(value, std::nullopt);
    const auto max = trace_.symbols->env.range_of(expr_of(most)).second;
    return new_size(value, max ? *max : kLargest - 1);
  };
  return data_sized_layouts(op, arguments, results, new_symbol);
}

/// One for each tensor of the results, or none if all sizes are plain.
std::vector<SymbolicLayout> Recorder::find_layouts(const c10::OperatorHandle& op,
                                                   const std::vector<IValue>& arguments,
                                                   const torch::jit::Stack& results) {
  if (trace_.symbols->rehearsing) return {};
  const std::vector<at::Tensor> tensors = flat_tensors(results);
  if (has_data_sizes(op, arguments)) return layouts_of_data(op, arguments, tensors);
  if (std::none_of(arguments.begin(), arguments.end(), is_symbolic)) return {};
  auto inferred = infer_shapes(op, arguments, tensors, CapturePoints(trace_.symbols));
  if (!inferred) {
    throw UnsupportedError(c10::str(
        "the sizes of the result of ", op.schema().operator_name(),
        " as a function of dynamic sizes are not known: no rule has them, and no formula fits "
        "what it gives for other sizes. Make the dimensions it is called with static"));
  }
  // Python asks this of every result for its metadata, which guards its sizes.
  for (const SymbolicLayout& layout : inferred->results) {
    shapes::is_contiguous_or_false(layout.sizes, layout.strides);
  }
  return std::move(inferred->results);
}

/// Where the symbols that the call made stand in its results.
void Recorder::bind_new_symbols(TracedNode& node) {
  for (const Expr& symbol : new_symbols_) {
    bool bound = false;
    for (Argument& output : node.node.outputs) {
      visit_value_names(output, [&](std::string& name) {
        const auto number = trace_.numbers.find(name);
        if (!bound && number != trace_.numbers.end() && same(number->second.expr, symbol)) {
          node.bindings.push_back({symbol, name, std::nullopt});
          bound = true;
        }
        const auto layout = trace_.layouts.find(name);
        if (bound || layout == trace_.layouts.end()) return;
        const auto& sizes = layout->second.sizes;
        for (std::size_t i = 0; i < sizes.size() && !bound; ++i) {
          if (!uses(sizes[i], symbol)) continue;
          node.bindings.push_back({symbol, name, static_cast<std::int64_t>(i)});
          bound = true;
        }
      });
    }
  }
  new_symbols_.clear();
}

}  // namespace roundtrip
