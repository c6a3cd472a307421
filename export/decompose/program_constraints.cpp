#include "export/decompose/program_constraints.h"

#include <roundtrip/error.h>

#include "export/interpreter/program_state.h"
#include "export/symbolic/algebra.h"
#include "export/symbolic/expr.h"

namespace roundtrip {
namespace {

using Kind = SizeConstraint::Kind;

/// The one symbol of a size, or empty if it has none or several.
std::string root_of(const Expr& expr) {
  if (expr.kind == ExprKind::symbol) return expr.name;
  std::string root;
  for (const Expr& child : expr.children) {
    const std::string found = root_of(child);
    if (found.empty() || found == root) continue;
    if (!root.empty()) return "";
    root = found;
  }
  return root;
}

std::int64_t value_at(const Expr& expr, const std::string& symbol, std::int64_t value) {
  return std::get<std::int64_t>(evaluate(expr, {{symbol, value}}));
}

SizeConstraint dynamic_size(const Program& program, const Expr& expr) {
  SizeConstraint constraint;
  const std::string root = root_of(expr);
  const RangeConstraint* range = program.range_constraints.find(root);
  if (root.empty() || range == nullptr) {
    throw UnsupportedError("an input of the program has the size " + to_string(expr) +
                           ", which this version cannot capture again");
  }
  constraint.kind = Kind::named;
  constraint.name = root;
  constraint.min = range->min_val;
  constraint.max = range->max_val;
  constraint.symbol = root;
  if (expr.kind == ExprKind::symbol) {
    // Guards that come up now are guards of the program, as Python has it; the symbol
    // stays one, or it is an error.
    constraint.kind = Kind::dynamic;
    return constraint;
  }
  constraint.kind = Kind::derived;
  constraint.name = to_string(expr);
  constraint.root = root;
  constraint.offset = value_at(expr, root, 0);
  constraint.factor = value_at(expr, root, 1) - constraint.offset;
  constraint.root_min = std::exchange(constraint.min, std::nullopt);
  constraint.root_max = std::exchange(constraint.max, std::nullopt);
  return constraint;
}

SizeConstraint size_constraint(const Program& program, const SymInt& size) {
  const auto* symbolic = std::get_if<SymExpr>(&size);
  return symbolic == nullptr ? SizeConstraint{}
                             : dynamic_size(program, parse_srepr(symbolic->expr_str));
}

}  // namespace

std::vector<LeafConstraints> program_constraints(const Program& program,
                                                 const ExampleInputs& inputs) {
  const Module names = Module([](const Values&, const Kwargs&) {
                         return Value();
                       }).arg_names(positional_names(program));
  std::vector<LeafConstraints> leaves =
      input_constraints({names, inputs.args, inputs.kwargs, ExportOptions{}});
  const Graph& graph = program.graph_module.graph;
  std::size_t next = 0;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    if (std::holds_alternative<InputToConstantInputSpec>(spec)) ++next;
    const auto* user = std::get_if<UserInputSpec>(&spec);
    if (user == nullptr) continue;
    if (next == leaves.size())
      throw ProgramError("the program has fewer example inputs than inputs");
    LeafConstraints& leaf = leaves[next++];
    if (const auto* tensor = user->arg.get<TensorArgument>()) {
      const TensorMeta& meta = graph.tensor_values[tensor->name];
      leaf.sizes.clear();
      for (const SymInt& size : meta.sizes) leaf.sizes.push_back(size_constraint(program, size));
    } else if (const auto* number = user->arg.get<SymIntArgument>()) {
      const std::string& name = std::get<std::string>(number->value);
      leaf.sizes = {size_constraint(program, graph.sym_int_values[name])};
    }
  }
  return leaves;
}

}  // namespace roundtrip
