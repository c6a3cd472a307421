#include "export/capture/passes/number_nodes.h"

#include <algorithm>

#include "export/graph/python_functions.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {
namespace {

bool is_literal(const Expr& expr) {
  return expr.kind == ExprKind::integer || expr.kind == ExprKind::floating ||
         expr.kind == ExprKind::boolean;
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

schema::Argument literal(const Expr& expr) {
  return std::visit([](auto value) -> schema::Argument { return {value}; }, expr.value);
}

bool is_real(const schema::Argument& argument) {
  return argument.get<schema::SymFloatArgument>() != nullptr || argument.get<double>() != nullptr;
}

}  // namespace

std::string NumberNodes::to_srepr_key(const Expr& expr) {
  return to_srepr(expr);
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

schema::Argument NumberNodes::argument(const Expr& expr, SymbolType type,
                                       std::vector<TracedNode>& nodes, bool grad_mode) {
  if (is_literal(expr)) return literal(expr);
  const auto known = names_.find(to_srepr_key(expr));
  if (known == names_.end()) return make(expr, nodes, grad_mode);
  switch (type) {
    case SymbolType::integer:
      return {schema::SymIntArgument{known->second}};
    case SymbolType::real:
      return {schema::SymFloatArgument{known->second}};
    default:
      return {schema::SymBoolArgument{known->second}};
  }
}

Expr NumberNodes::with_values(const Expr& expr) const {
  if (expr.children.empty()) return expr;
  std::vector<Expr> values;
  for (const Expr& child : expr.children) {
    const auto known = names_.find(to_srepr_key(child));
    const bool is_anew = known == names_.end() || is_inequality(expr);
    values.push_back(is_anew ? with_values(child) : trace_.numbers.at(known->second).expr);
  }
  return roundtrip::make(expr.kind, std::move(values));
}

schema::Argument NumberNodes::make(const Expr& expr, std::vector<TracedNode>& nodes,
                                   bool grad_mode) {
  schema::Argument result = append(expr, nodes, grad_mode);
  set(expr, *nodes.back().node.name);
  return result;
}

schema::Argument NumberNodes::append_choice(const Expr& piecewise, std::vector<TracedNode>& nodes,
                                            bool grad_mode) {
  std::vector<schema::Argument> operands;
  for (const Expr& part : parts_of_choice(piecewise)) {
    operands.push_back(operand(part, nodes, grad_mode));
  }
  schema::Node node = call_of_function("torch.sym_ite", std::move(operands));
  const bool real = is_real(node.inputs[1].arg) || is_real(node.inputs[2].arg);
  node.name = trace_.names.create("sym_ite");
  trace_.numbers[*node.name] = {with_values(piecewise),
                                real ? SymbolType::real : SymbolType::integer};
  const schema::Argument result = value_argument(trace_, *node.name);
  node.outputs = {result};
  nodes.push_back({std::move(node), grad_mode});
  return result;
}

std::vector<schema::Argument> NumberNodes::operands_of(const Expr& expr,
                                                       std::vector<TracedNode>& nodes,
                                                       bool grad_mode) {
  std::vector<schema::Argument> operands;
  for (const Expr& child : expr.children) operands.push_back(operand(child, nodes, grad_mode));
  return operands;
}

schema::Argument NumberNodes::operand(const Expr& expr, std::vector<TracedNode>& nodes,
                                      bool grad_mode) {
  const auto known = names_.find(to_srepr_key(expr));
  const auto type =
      known == names_.end() ? SymbolType::integer : trace_.numbers.at(known->second).type;
  return argument(expr, type, nodes, grad_mode);
}

schema::Argument NumberNodes::append(const Expr& given, std::vector<TracedNode>& nodes,
                                     bool grad_mode) {
  if (given.kind == ExprKind::piecewise) return append_choice(given, nodes, grad_mode);
  const Expr expr = lowered(given);
  const PythonFunction& function = *python_function_of(expr.kind);
  const std::vector<schema::Argument> operands =
      is_inequality(expr)
          ? std::vector<schema::Argument>{append(expr.children[0], nodes, grad_mode)}
          : operands_of(expr, nodes, grad_mode);
  const std::string& target = function.target;
  schema::Argument result = operands[0];
  for (std::size_t i = function.arity - 1; i < operands.size(); ++i) {
    schema::Node node;
    node.target = target;
    node.inputs = inputs_of(
        function, function.arity == 1 ? std::vector{result} : std::vector{result, operands[i]});
    const bool real =
        std::any_of(node.inputs.begin(), node.inputs.end(),
                    [](const schema::NamedArgument& input) { return is_real(input.arg); });
    const SymbolType common = real ? SymbolType::real : SymbolType::integer;
    const std::string name = trace_.names.create(target.substr(target.rfind('.') + 1));
    Expr value = expr;  // of a chain: what it adds up so far
    if (i + 1 < operands.size()) value.children.resize(i + 1);
    trace_.numbers[name] = {with_values(value), function.result.value_or(common)};
    node.name = name;
    result = value_argument(trace_, name);
    node.outputs = {result};
    nodes.push_back({std::move(node), grad_mode});
  }
  return result;
}

}  // namespace roundtrip
