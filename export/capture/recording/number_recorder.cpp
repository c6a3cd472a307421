#include "export/capture/recording/number_recorder.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <limits>

#include "export/capture/trace/arguments.h"
#include "export/graph/python_functions.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {
namespace {

bool uses(const Expr& expr, const Expr& symbol) {
  if (same(expr, symbol)) return true;
  return std::any_of(expr.children.begin(), expr.children.end(),
                     [&](const Expr& child) { return uses(child, symbol); });
}

}  // namespace

// ---- numbers that the graph has, or gets ----------------------------------

Argument NumberRecorder::argument(const c10::SymNode& number) {
  SymNode* node = as_sym_node(number);
  if (node == nullptr || &node->symbols() != &graph_.symbols()) {
    throw CaptureError("forward uses a symbolic number of another capture");
  }
  if (auto literal = literal_argument(node->expr())) return std::move(*literal);
  if (node->place().graph != graph_.id()) return surroundings_.number_argument(*node);
  if (node->place().value == nullptr) return size_argument(*node);
  return Argument(*node->place().value);
}

/// From here on the number has its node.
Argument NumberRecorder::size_argument(SymNode& number) {
  NumberPlace& place = number.place();
  NodeFields query;
  query.target = "torch.ops.aten." + place.query;
  query.inputs = {{"self", Argument(*place.tensor), ArgumentKind::positional}};
  if (place.query.ends_with(".int")) {
    query.inputs.push_back({"dim", place.dimension, ArgumentKind::positional});
  }
  std::string candidate = place.query;
  std::replace(candidate.begin(), candidate.end(), '.', '_');
  place.value = &append(std::move(query), candidate, number.value());
  return Argument(*place.value);
}

GraphValue& NumberRecorder::append(NodeFields node, const std::string& candidate,
                                   const SymbolicValue& value) {
  GraphValue& result = graph_.define(value, candidate);
  graph_.append(std::move(node), result);
  return result;
}

NumberPlace NumberRecorder::record_arithmetic(const std::string& target,
                                              const std::vector<c10::SymNode>& operands,
                                              const SymbolicValue& result) {
  std::vector<Argument> arguments;
  for (const c10::SymNode& operand : operands) arguments.push_back(argument(operand));
  NodeFields node = call_of_function(target, std::move(arguments));
  return graph_.place_of(append(std::move(node), target.substr(target.rfind('.') + 1), result));
}

c10::IValue NumberRecorder::symbolic(GraphValue& value) const {
  const SymbolicValue& number = *graph_.trace().number(value);
  const std::shared_ptr<Symbols>& symbols = graph_.trace().symbols;
  switch (number.type) {
    case SymbolType::integer:
      return make_sym_int(symbols, number.expr, graph_.place_of(value));
    case SymbolType::real:
      return make_sym_float(symbols, number.expr, graph_.place_of(value));
    default:
      return make_sym_bool(symbols, number.expr, graph_.place_of(value));
  }
}

// ---- unbacked symbols -----------------------------------------------------

c10::IValue NumberRecorder::item(GraphValue& tensor, const c10::Scalar& value,
                                 const std::string& called) {
  NodeFields node;
  node.target = "torch.ops.aten." + called + ".default";
  node.inputs = {{"self", Argument(tensor), ArgumentKind::positional}};
  if (GraphValue* known = same_item(node, tensor)) {
    graph_.new_name(called);
    return symbolic(*known);
  }
  const SymbolicValue number = new_item(value);
  const Expr& symbol =
      number.type == SymbolType::boolean ? number.expr.children.front() : number.expr;
  graph_.symbols().all.push_back(symbol);
  GraphValue& result = append(std::move(node), called, number);
  graph_.trace().record(*result.producer()).bindings = {{symbol, &result, std::nullopt}};
  return symbolic(result);
}

/// The number that the same call gave before, unless something was written since: a
/// tensor has one value, as Python's fake tensors remember.
GraphValue* NumberRecorder::same_item(const NodeFields& call, const GraphValue& tensor) const {
  const Trace& trace = graph_.trace();
  const auto nodes = trace.graph.nodes();
  for (const Node* node = nodes.empty() ? nullptr : &nodes.back(); node != nullptr;
       node = node->previous()) {
    if (trace.record(*node).writes) return nullptr;
    if (node->target() != call.target) continue;
    if (node->inputs()[0].arg.as_value() == &tensor) return &node->result();
  }
  return nullptr;
}

SymbolicValue NumberRecorder::new_item(const c10::Scalar& value) {
  ShapeEnv& env = graph_.symbols().env;
  if (value.isBoolean()) return {env.new_unbacked_bool(value.toBool()), SymbolType::boolean};
  if (value.isFloatingPoint()) return {env.new_unbacked_float(value.toDouble()), SymbolType::real};
  return {env.new_unbacked_int(value.toLong()), SymbolType::integer};
}

c10::SymInt NumberRecorder::new_size(std::int64_t value, std::optional<std::int64_t> most) {
  const Expr symbol = expr_of(new_number(value));
  graph_.symbols().env.mark_size(symbol, most);
  return make_sym_int(graph_.trace().symbols, symbol);
}

c10::SymInt NumberRecorder::new_size_up_to(std::int64_t value, const c10::SymInt& most) {
  constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
  if (most.maybe_as_int() == kLargest) return new_size(value, std::nullopt);
  const auto max = graph_.symbols().env.range_of(expr_of(most)).second;
  return new_size(value, max ? *max : kLargest - 1);
}

c10::SymInt NumberRecorder::new_number(std::int64_t value) {
  const Expr symbol = graph_.symbols().env.new_unbacked_int(value);
  graph_.symbols().all.push_back(symbol);
  new_symbols_.push_back(symbol);
  return make_sym_int(graph_.trace().symbols, symbol);
}

void NumberRecorder::bind_new_symbols(const Node& node) {
  for (const Expr& symbol : std::exchange(new_symbols_, {})) {
    for (GraphValue* result : node.results()) {
      const auto binding = find(symbol, *result);
      if (!binding) continue;
      graph_.trace().record(node).bindings.push_back(*binding);
      break;
    }
  }
}

std::optional<SymbolBinding> NumberRecorder::find(const Expr& symbol, GraphValue& result) const {
  const Trace& trace = graph_.trace();
  const SymbolicValue* number = trace.number(result);
  if (number != nullptr && factor_of(number->expr, symbol)) {
    return SymbolBinding{symbol, &result, std::nullopt};
  }
  const auto layout = trace.layouts.find(&result);
  if (layout == trace.layouts.end()) return std::nullopt;
  const std::vector<Expr>& sizes = layout->second.sizes;
  const auto size =
      std::find_if(sizes.begin(), sizes.end(), [&](const Expr& own) { return uses(own, symbol); });
  if (size != sizes.end()) return SymbolBinding{symbol, &result, size - sizes.begin()};
  if (!uses(layout->second.storage_offset, symbol)) return std::nullopt;
  return SymbolBinding{symbol, &result, SymbolBinding::kStorageOffset};
}

}  // namespace roundtrip
