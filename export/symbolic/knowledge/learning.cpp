#include <algorithm>

#include "export/symbolic/expr/conditions.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/relations.h"
#include "export/symbolic/expr/solve.h"
#include "export/symbolic/expr/terms.h"
#include "export/symbolic/knowledge/knowledge.h"

/// What a condition that holds says about ranges, replacements and divisibility.
namespace roundtrip {

namespace {

/// Finds one Mod.
const Expr* find_modulo(const Expr& expr) {
  if (expr.kind == ExprKind::mod) return &expr;
  for (const auto& child : expr.children) {
    if (auto* found = find_modulo(child)) return found;
  }
  return nullptr;
}

/// `target` is `factor * symbol + offset`.
struct Linear {
  std::string name;
  std::int64_t factor = 1;
  std::int64_t offset = 0;
};

std::optional<Linear> as_linear(const Expr& target) {
  auto names = free_symbols(target);
  if (names.size() != 1) return {};
  Linear linear{names[0], 0, 0};
  for (const auto& term : terms_of(target)) {
    auto [coefficient, rest] = split_coefficient(term);
    if (!is_integer(coefficient)) return {};
    if (is_integer(rest, 1)) {
      linear.offset = integer_value(coefficient);
    } else if (rest.kind == ExprKind::symbol) {
      linear.factor = integer_value(coefficient);
    } else {
      return {};
    }
  }
  return linear;
}

/// The symbol's range if the linear expression's is `range`.
ValueRange invert(const Linear& linear, const ValueRange& range) {
  auto low = range.low, high = range.high;
  if (linear.factor < 0) std::swap(low, high);
  auto move = [&](std::int64_t bound, bool up) {
    bool infinite = bound == ValueRange::kInfinity || bound == -ValueRange::kInfinity;
    if (infinite) return linear.factor < 0 ? -bound : bound;
    auto shifted = fitting(python::subtract(bound, linear.offset));
    if (up) shifted = fitting(python::subtract(0, shifted));
    if (up) return -fitting(python::floor_divide(shifted, linear.factor));
    return fitting(python::floor_divide(shifted, linear.factor));
  };
  return {move(low, true), move(high, false)};
}

}  // namespace

void Knowledge::narrow(const std::string& name, ValueRange range) {
  auto& facts = *find(name);
  if (range.high < 2 && facts.is_size) range.high = 2;  // a size is never known to be 0 or 1
  auto narrowed = facts.range & range;
  if (narrowed == facts.range) return;
  facts.range = narrowed;
  changed();
}

void Knowledge::refine(const Expr& condition) {
  use_relation(condition);
  changed();
}

void Knowledge::learn(const Expr& condition) {
  use_relation(condition);
  conditions_.push_back(condition);
  for (auto& [fact, holds] : implications(simplify(condition))) facts_[fact] = holds;
  changed();
}

void Knowledge::use_relation(const Expr& relation) {
  if (relation.kind == ExprKind::logical_and) {
    for (const auto& child : relation.children) use_relation(child);
    return;
  }
  if (!is_relation(relation) || relation.kind == ExprKind::not_equal) return;
  if (is_relation(relation.children[0]) || is_relation(relation.children[1])) return;
  if (free_symbols(relation).size() > 5) return;
  refine_ranges(relation);
  if (relation.kind == ExprKind::equal) solve_equality(relation);
}

/// Bounds each symbol that can be isolated by the range of the other side.
void Knowledge::refine_ranges(const Expr& given) {
  auto relation = simplify(given);
  for (const auto& name : free_symbols(relation)) {
    auto* facts = find(name);
    if (!facts || !is_integer_valued(facts->symbol)) continue;
    auto solved = solve_for(relation, facts->symbol);
    if (!solved || !is_integer_valued(solved->children[1])) continue;
    auto other = range_of(solved->children[1]);
    auto range = facts->range;
    bool equality = solved->kind == ExprKind::equal;
    bool strict = solved->kind == ExprKind::greater || solved->kind == ExprKind::less;
    if (range.low <= other.low && other.low != -ValueRange::kInfinity &&
        (equality || solved->kind == ExprKind::greater_equal ||
         solved->kind == ExprKind::greater)) {
      range.low = other.low + strict;
    }
    if (range.high >= other.high && other.high != ValueRange::kInfinity &&
        (equality || solved->kind == ExprKind::less_equal || solved->kind == ExprKind::less)) {
      range.high = other.high - strict;
    }
    if (range == facts->range) continue;
    narrow(name, range);
    if (facts->range.is_single()) set_replacement(name, integer(facts->range.low));
  }
}

/// The symbol to eliminate comes first: those from data, then the greatest in this run.
std::vector<std::string> Knowledge::solving_order(const Expr& relation) const {
  auto names = free_symbols(relation);
  auto rank = [&](const std::string& name) {
    auto* facts = find(name);
    bool counts = facts && !facts->from_data && std::holds_alternative<std::int64_t>(facts->value);
    return counts ? std::get<std::int64_t>(facts->value) : ValueRange::kInfinity;
  };
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(rank(a), a) > std::pair(rank(b), b);
  });
  return names;
}

void Knowledge::solve_equality(const Expr& equality) {
  if (auto* modulo = find_modulo(equality)) {
    auto solved = solve_for(equality, *modulo);
    if (solved && is_integer(solved->children[1], 0)) divisible_.insert(*modulo);
    return;
  }
  if (has(equality, ExprKind::floor_div)) return;
  const auto& left = equality.children[0];
  const auto& right = equality.children[1];
  auto replaceable = [&](const Expr& side, const Expr& other) {
    if (side.kind != ExprKind::symbol) return false;
    auto* facts = find(side.name);
    bool is_float = facts && std::holds_alternative<double>(facts->value);
    return facts && ((facts->from_data && !has_unbacked(other)) || is_float);
  };
  if (replaceable(left, right)) return set_replacement(left.name, replace(right));
  if (replaceable(right, left)) return set_replacement(right.name, replace(left));
  auto name = solving_order(equality).at(0);
  auto solved = solve_for(equality, find(name)->symbol);
  if (!solved || !is_integer_valued(solved->children[1])) return;
  auto target = replace(solved->children[1]);
  if (!has_unbacked(target)) set_replacement(name, target);
}

/// Carries ranges over between the two sides of `name == target`; false if the target
/// may have values that the symbol can't.
bool Knowledge::fit_ranges(const std::string& name, const Expr& target) {
  if (!is_integer_valued(target)) return true;
  auto source_range = find(name)->range;
  auto target_range = range_of(target);
  narrow(name, target_range);
  auto linear = as_linear(target);
  if (!target_range.is_within(source_range) && linear && linear->factor != 0) {
    narrow(linear->name, invert(*linear, find(name)->range));
    target_range = range_of(target);
  }
  if (target.kind == ExprKind::symbol) {
    bool is_size = find(name)->is_size || find(target.name)->is_size;
    find(name)->is_size = find(target.name)->is_size = is_size;
  }
  return target_range.is_within(source_range);
}

void Knowledge::set_replacement(const std::string& name, const Expr& target) {
  if (has(target, find(name)->symbol)) return;
  if (only_linear_replacements && !as_linear(target)) return;
  if (!fit_ranges(name, target)) return;
  replacements_[name] = target;
  changed();
}

}  // namespace roundtrip
