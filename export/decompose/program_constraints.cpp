#include "export/decompose/program_constraints.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "export/interpreter/inputs/input_tree.h"
#include "export/interpreter/program_state.h"
#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/expr.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/terms.h"
#include "export/tracing/sym_node.h"

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

/// What is no linear function of one symbol is a symbol of its own here, and is told what it is
/// when the program runs (`require_known_sizes`).
SizeConstraint dynamic_size(const Program& program, const Expr& expr) {
  SizeConstraint constraint;
  if (expr.kind == ExprKind::integer) return constraint;
  if (!is_integer_valued(expr)) {
    throw ProgramError("an input has the size " + to_string(expr) + ", which is no whole number");
  }
  const std::string root = root_of(expr);
  const RangeConstraint* range = program.range_constraints.find(root);
  constraint.kind = Kind::automatic;
  if (root.empty() || range == nullptr) return constraint;
  if (expr.kind == ExprKind::symbol) {
    // Guards that come up now are guards of the program, as Python has it; the symbol
    // stays one, or it is an error. Of a dynamic size that is at most 2, tracing, which
    // takes none for 0 or 1, would find that it is 2.
    constraint.kind = range->max_val && *range->max_val <= 2 ? Kind::named : Kind::dynamic;
    constraint.name = root;
    constraint.symbol = root;
    constraint.min = range->min_val;
    constraint.max = range->max_val;
    return constraint;
  }
  const auto linear = linear_form(canonical(expr));
  if (!linear || linear->factor == 0) return constraint;
  constraint.kind = Kind::derived;
  constraint.name = to_string(expr);
  constraint.symbol = root;
  constraint.root = root;
  constraint.offset = linear->offset;
  constraint.factor = linear->factor;
  constraint.root_min = range->min_val;
  constraint.root_max = range->max_val;
  return constraint;
}

SizeConstraint size_constraint(const Program& program, const SymInt& size) {
  const auto* symbolic = std::get_if<SymExpr>(&size);
  return symbolic == nullptr ? SizeConstraint{}
                             : dynamic_size(program, parse_srepr(symbolic->expr_str));
}

/// Calls `visit` with each user input of the graph and the place of its leaf among those that
/// the caller gives.
void visit_user_inputs(const Program& program,
                       const std::function<void(const Argument&, std::size_t)>& visit) {
  std::size_t leaf = 0;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    if (spec.kind == InputKind::constant_input) ++leaf;
    if (spec.kind == InputKind::user_input) visit(spec.arg, leaf++);
  }
}

/// The layout of an input that is a tensor, or null.
const TensorMeta* layout_of(const Argument& input) {
  const auto* tensor = input.get<TensorArgument>();
  return tensor != nullptr ? tensor->value->tensor() : nullptr;
}

/// What an input is that is a symbolic integer, or null.
const SymInt* number_of(const Argument& input) {
  const GraphValue* value = input.get<SymIntArgument>() ? input.as_value() : nullptr;
  return value != nullptr ? std::get_if<SymInt>(&value->type()) : nullptr;
}

}  // namespace

std::vector<LeafConstraints> program_constraints(const Program& program,
                                                 const ExampleInputs& inputs) {
  const Module names = Module([](const Values&, const Kwargs&) {
                         return Value();
                       }).arg_names(positional_names(program));
  std::vector<LeafConstraints> leaves =
      input_constraints({names, inputs.args, inputs.kwargs, ExportOptions{}});
  visit_user_inputs(program, [&](const Argument& input, std::size_t place) {
    if (place >= leaves.size())
      throw ProgramError("the program has fewer example inputs than inputs");
    LeafConstraints& leaf = leaves[place];
    if (const TensorMeta* meta = layout_of(input)) {
      leaf.sizes.clear();
      for (const SymInt& size : meta->sizes) leaf.sizes.push_back(size_constraint(program, size));
    } else if (const SymInt* number = number_of(input)) {
      leaf.sizes = {size_constraint(program, *number)};
    }
  });
  return leaves;
}

bool is_tiny_example(const Program& program, const ExampleInputs& inputs) {
  const InputTree tree(program.graph_module);
  const std::vector<const Value*> leaves = tree.flatten(inputs.args, inputs.kwargs);
  bool is_tiny = false;
  visit_user_inputs(program, [&](const Argument& input, std::size_t place) {
    const TensorMeta* meta = layout_of(input);
    if (meta == nullptr) return;
    const at::Tensor& example = leaves.at(place)->tensor();
    const std::vector<SymInt>& sizes = meta->sizes;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const bool is_dynamic = std::holds_alternative<SymExpr>(sizes[i]);
      is_tiny = is_tiny || (is_dynamic && example.size(static_cast<std::int64_t>(i)) < 2);
    }
  });
  return is_tiny;
}

void require_known_sizes(const Program& program, const std::vector<const Value*>& leaves,
                         Symbols& symbols) {
  const auto require = [&](const c10::SymInt& found, const SymInt& size) {
    if (size_constraint(program, size).kind != Kind::automatic) return;
    const Expr known = canonical(parse_srepr(std::get<SymExpr>(size).expr_str));
    for (const std::string& name : free_symbols(known)) {
      const auto has_name = [&](const Expr& symbol) { return symbol.name == name; };
      if (std::any_of(symbols.all.begin(), symbols.all.end(), has_name)) continue;
      throw UnsupportedError("an input of the program has the size " + to_string(known) +
                             ", which this version cannot capture again");
    }
    symbols.require(equal(expr_of(found), known));
  };
  visit_user_inputs(program, [&](const Argument& input, std::size_t place) {
    const Value& leaf = *leaves.at(place);
    if (const TensorMeta* meta = layout_of(input)) {
      for (std::size_t i = 0; i < meta->sizes.size(); ++i) {
        require(leaf.tensor().sym_size(static_cast<std::int64_t>(i)), meta->sizes[i]);
      }
    } else if (const SymInt* number = number_of(input)) {
      require(leaf.sym_int(), *number);
    }
  });
}

}  // namespace roundtrip
