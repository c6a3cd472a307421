#include "export/symbolic/knowledge/knowledge.h"

#include <algorithm>

#include "export/symbolic/expr/conditions.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/relations.h"
#include "export/symbolic/expr/solve.h"

namespace roundtrip {

namespace {

bool is_literal(const Expr& expr) {
  return is_number(expr) || expr.kind == ExprKind::boolean;
}

bool is_condition(const Expr& expr) {
  return is_relation(expr) || expr.kind == ExprKind::logical_and ||
         expr.kind == ExprKind::logical_or || expr.kind == ExprKind::logical_not;
}

std::optional<Expr> as_literal(const ValueRange& range, bool condition) {
  if (!range.is_single()) return {};
  return condition ? boolean(range.low != 0) : integer(range.low);
}

/// Each symbol with a lower bound as one that starts at 1, plus an offset: so that what
/// is known of sizes can be used for others, and constants cancel.
class ShiftedSymbols {
 public:
  ShiftedSymbols(const Expr& expr, const RangeOf& range_of) {
    for (const auto& name : free_symbols(expr)) add(name, range_of);
  }

  Expr apply(const Expr& expr) const { return expand(substitute(expr, replacements_)); }
  ValueRange range_of(const Expr& symbol) const { return ranges_.at(symbol.name); }

 private:
  void add(const std::string& name, const RangeOf& range_of) {
    auto range = range_of(roundtrip::symbol(name));
    // Far from 0, constants beside the offset would leave 64 bits.
    constexpr std::int64_t kFar = std::int64_t{1} << 61;
    if (range.low < -kFar || range.low > kFar) {
      ranges_[name] = range;
      return;
    }
    auto offset = range.low - 1;
    auto shifted = roundtrip::symbol(name + "'", Assumptions::positive_integer);
    replacements_.emplace(name, roundtrip::add(shifted, integer(offset)));
    auto high = range.high == ValueRange::kInfinity
                    ? range.high
                    : python::subtract(range.high, offset).value_or(ValueRange::kInfinity);
    ranges_[shifted.name] = {1, high};
  }

  std::unordered_map<std::string, Expr> replacements_;
  std::unordered_map<std::string, ValueRange> ranges_;
};

}  // namespace

SymbolFacts& Knowledge::add_symbol(SymbolFacts facts) {
  auto name = facts.symbol.name;
  names_.push_back(name);
  return symbols_[name] = std::move(facts);
}

SymbolFacts* Knowledge::find(const std::string& name) {
  auto found = symbols_.find(name);
  return found == symbols_.end() ? nullptr : &found->second;
}

const SymbolFacts* Knowledge::find(const std::string& name) const {
  auto found = symbols_.find(name);
  return found == symbols_.end() ? nullptr : &found->second;
}

bool Knowledge::has_unbacked(const Expr& expr) const {
  if (expr.kind == ExprKind::symbol) {
    auto* facts = find(expr.name);
    return facts && facts->from_data;
  }
  return std::any_of(expr.children.begin(), expr.children.end(),
                     [&](const Expr& child) { return has_unbacked(child); });
}

Number Knowledge::value_in_this_run(const Expr& expr) const {
  Bindings bindings;
  for (const auto& name : free_symbols(expr)) {
    if (auto* facts = find(name)) bindings.emplace(name, facts->value);
  }
  return roundtrip::evaluate(expr, bindings);
}

void Knowledge::changed() {
  ++version_;
  results_.clear();
}

Expr Knowledge::find_replacement(const std::string& name) {
  auto found = replacements_.find(name);
  if (found == replacements_.end()) {
    auto* facts = find(name);
    return facts ? facts->symbol : symbol(name);
  }
  auto resolved = replace(found->second);
  found->second = resolved;
  return resolved;
}

Expr Knowledge::replace(const Expr& expr) {
  if (replacements_.empty()) return expr;
  std::unordered_map<std::string, Expr> needed;
  for (const auto& name : free_symbols(expr)) {
    if (replacements_.contains(name)) needed.emplace(name, find_replacement(name));
  }
  return needed.empty() ? expr : expand(substitute(expr, needed));
}

Expr Knowledge::simplify(const Expr& expr) {
  return simplify_node(replace(expand(expr)));
}

Expr Knowledge::simplify_node(const Expr& expr) {
  if (expr.children.empty()) return expr;
  std::vector<Expr> children;
  bool differs = false;
  for (const auto& child : expr.children) {
    children.push_back(simplify_node(child));
    differs = differs || !same(children.back(), child);
  }
  auto node = differs ? make(expr.kind, std::move(children)) : expr;
  if (node.kind == ExprKind::max && node.children.size() == 2) {
    const auto& number = node.children[0];
    if (is_integer(number) && range_of(node.children[1]).low >= integer_value(number)) {
      return node.children[1];
    }
  }
  if (node.kind == ExprKind::trunc_to_int && node.children[0].kind == ExprKind::int_true_div) {
    const auto& division = node.children[0];
    return floor_divide(division.children[0], division.children[1]);
  }
  bool divides = node.kind == ExprKind::floor_div &&
                 divisible_.contains(replace(natural_modulo(node.children[0], node.children[1])));
  if (divides) node.kind = ExprKind::clean_div;
  return node;
}

ValueRange Knowledge::range_of(const Expr& expr) const {
  return bound(expr, [&](const Expr& symbol) {
    auto* facts = find(symbol.name);
    return facts ? facts->range : ValueRange{};
  });
}

Expr Knowledge::apply_facts(const Expr& expr) const {
  if (is_condition(expr)) {
    auto found = facts_.find(expr);
    if (found != facts_.end()) return boolean(found->second);
  }
  if (!is_condition(expr) || is_relation(expr)) return expr;
  std::vector<Expr> children;
  for (const auto& child : expr.children) children.push_back(apply_facts(child));
  return make(expr.kind, std::move(children));
}

std::optional<Expr> Knowledge::evaluate_simplified(const Expr& expr) const {
  if (is_literal(expr)) return expr;
  bool condition = is_condition(expr);
  if (auto literal = as_literal(range_of(expr), condition)) return literal;
  RangeOf range = [&](const Expr& symbol) { return range_of(symbol); };
  ShiftedSymbols shifted(expr, range);
  auto moved = canonical_condition(shifted.apply(expr));
  if (is_literal(moved)) return moved;
  auto by_sign = canonical(moved);
  if (is_literal(by_sign)) return by_sign;
  return as_literal(bound(moved, [&](const Expr& symbol) { return shifted.range_of(symbol); }),
                    condition);
}

std::optional<Expr> Knowledge::evaluate_by_ranges(const Expr& expr) {
  if (is_literal(expr)) return expr;
  return evaluate_simplified(canonical_condition(simplify(expr)));
}

std::optional<Expr> Knowledge::evaluate(const Expr& expr) {
  if (is_literal(expr)) return expr;
  auto known = results_.find(expr);
  if (known != results_.end()) return known->second;
  auto result = evaluate_simplified(apply_facts(canonical_condition(simplify(expr))));
  results_.emplace(expr, result);
  return result;
}

}  // namespace roundtrip
