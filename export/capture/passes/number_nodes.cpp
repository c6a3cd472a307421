#include "export/capture/passes/number_nodes.h"

#include <algorithm>

#include "export/capture/trace/arguments.h"
#include "export/graph/python_functions.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {
namespace {

bool is_literal(const Expr& expr) {
  return literal_argument(expr).has_value();
}

/// `3 < n` is `n > 3`: of the two, Python asks the one that is no plain number.
Expr with_number_behind(const Expr& expr) {
  using enum ExprKind;
  static const std::unordered_map<ExprKind, ExprKind> kMirrored = {{equal, equal},
                                                                   {less, greater},
                                                                   {less_equal, greater_equal},
                                                                   {greater, less},
                                                                   {greater_equal, less_equal}};
  const auto mirrored = kMirrored.find(expr.kind);
  if (mirrored == kMirrored.end() || !is_literal(expr.children[0])) return expr;
  return {mirrored->second, {}, {}, {expr.children[1], expr.children[0]}};
}

/// Condition, value where it holds and value where not; nothing if there are more pieces.
std::vector<Expr> parts_of_choice(const Expr& piecewise) {
  const auto& pieces = piecewise.children;
  const bool is_choice = pieces.size() == 2 && same(pieces[1].children[1], boolean(true));
  if (!is_choice) return {};
  return {pieces[0].children[1], pieces[0].children[0], pieces[1].children[0]};
}

/// Operations that Python makes of another: `a != b` is `sym_not(a == b)`.
Expr lowered(const Expr& expr) {
  if (expr.kind != ExprKind::not_equal) return with_number_behind(expr);
  return {ExprKind::logical_not, {}, {}, {{ExprKind::equal, {}, {}, expr.children}}};
}

/// `sym_not(a == b)`, whose equation is one of its own, as in Python.
bool is_inequality(const Expr& lowered) {
  return lowered.kind == ExprKind::logical_not && lowered.children[0].kind == ExprKind::equal;
}

bool is_real(const NamedArgument& input) {
  return input.arg.get<SymFloatArgument>() != nullptr || input.arg.get<double>() != nullptr;
}

}  // namespace

GraphValue* NumberNodes::find(const Expr& expr) const {
  const auto found = values_.find(to_srepr(expr));
  return found == values_.end() ? nullptr : found->second;
}

void NumberNodes::set(const Expr& expr, GraphValue& value) {
  values_[to_srepr(expr)] = &value;
}

bool NumberNodes::has_symbols_of(const Expr& expr) const {
  if (expr.kind == ExprKind::symbol) return has(expr);
  return std::all_of(expr.children.begin(), expr.children.end(),
                     [this](const Expr& child) { return has_symbols_of(child); });
}

bool NumberNodes::can_make(const Expr& given) {
  if (is_literal(given) || given.kind == ExprKind::symbol) return true;
  if (given.kind == ExprKind::piecewise) {
    const std::vector<Expr> parts = parts_of_choice(given);
    return !parts.empty() && std::all_of(parts.begin(), parts.end(), can_make);
  }
  const Expr expr = lowered(given);
  return python_function_of(expr.kind) != nullptr &&
         std::all_of(expr.children.begin(), expr.children.end(), can_make);
}

Argument NumberNodes::argument(const Expr& expr) {
  if (auto literal = literal_argument(expr)) return std::move(*literal);
  if (GraphValue* known = find(expr)) return *known;
  GraphValue& value = insert(expr);
  set(expr, value);
  return value;
}

Expr NumberNodes::with_values(const Expr& expr) const {
  if (expr.children.empty()) return expr;
  std::vector<Expr> values;
  for (const Expr& child : expr.children) {
    const GraphValue* known = is_inequality(expr) ? nullptr : find(child);
    values.push_back(known == nullptr ? with_values(child) : point_.trace.number(*known)->expr);
  }
  return make(expr.kind, std::move(values));
}

std::vector<Argument> NumberNodes::operands_of(const Expr& expr) {
  std::vector<Argument> operands;
  for (const Expr& child : expr.children) operands.push_back(argument(child));
  return operands;
}

GraphValue& NumberNodes::insert_choice(const Expr& piecewise) {
  std::vector<Argument> operands;
  for (const Expr& part : parts_of_choice(piecewise)) operands.push_back(argument(part));
  NodeFields node = call_of_function("torch.sym_ite", std::move(operands));
  const bool real = is_real(node.inputs[1]) || is_real(node.inputs[2]);
  return point_.insert_number(
      std::move(node), "sym_ite",
      {with_values(piecewise), real ? SymbolType::real : SymbolType::integer});
}

GraphValue& NumberNodes::insert(const Expr& given) {
  if (given.kind == ExprKind::piecewise) return insert_choice(given);
  const Expr expr = lowered(given);
  const PythonFunction& function = *python_function_of(expr.kind);
  const std::vector<Argument> operands =
      is_inequality(expr) ? std::vector<Argument>{insert(expr.children[0])} : operands_of(expr);
  const std::string candidate = function.target.substr(function.target.rfind('.') + 1);
  Argument result = operands[0];
  for (std::size_t i = function.arity - 1; i < operands.size(); ++i) {
    NodeFields node;
    node.target = function.target;
    node.inputs = inputs_of(
        function, function.arity == 1 ? std::vector{result} : std::vector{result, operands[i]});
    const bool real = std::any_of(node.inputs.begin(), node.inputs.end(), is_real);
    const SymbolType common = real ? SymbolType::real : SymbolType::integer;
    Expr value = expr;  // of a chain: what it adds up so far
    if (i + 1 < operands.size()) value.children.resize(i + 1);
    result = point_.insert_number(std::move(node), candidate,
                                  {with_values(value), function.result.value_or(common)});
  }
  return *result.as_value();
}

}  // namespace roundtrip
