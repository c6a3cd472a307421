#include "export/symbolic/constraints/dim_solver.h"

#include <algorithm>
#include <numeric>

#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/relations.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

std::int64_t floor_of(std::int64_t a, std::int64_t b) {
  return *python::floor_divide(a, b);
}

void raise_minimum(DimSolver::Size& size, std::int64_t min) {
  size.min = std::max(size.min.value_or(min), min);
}

void lower_maximum(DimSolver::Size& size, std::int64_t max) {
  size.max = std::min(size.max.value_or(max), max);
}

std::int64_t minus(std::int64_t number) {
  return fitting(python::subtract(0, number));
}

/// `factor * symbol <= limit`.
void bound_size(DimSolver::Size& size, std::int64_t factor, std::int64_t limit) {
  if (factor > 0) {
    lower_maximum(size, floor_of(limit, factor));
  } else {
    raise_minimum(size, -floor_of(limit, minus(factor)));
  }
}

bool is_solvable(const Expr& guard) {
  return is_relation(guard) && guard.kind != ExprKind::not_equal;
}

/// Beyond it no dimension is suggested: remainders are tried one after another.
constexpr std::int64_t kLargestModulus = std::int64_t{1} << 20;

/// Numbers that leave `a` modulo `m` and `b` modulo `n`, as one remainder and modulus.
void intersect(DimSolver::Size& size, std::int64_t remainder, std::int64_t modulus) {
  auto common = std::lcm(size.modulus, modulus);
  if (common > kLargestModulus) return;
  for (auto candidate = size.remainder; candidate < common; candidate += size.modulus) {
    if (python::modulo(candidate, modulus) != remainder) continue;
    size.remainder = candidate;
    size.modulus = common;
    return;
  }
}

}  // namespace

Expr DimSolver::with_hints(const Expr& expr) const {
  std::unordered_map<std::string, Expr> hints;
  for (const auto& name : free_symbols(expr)) {
    auto* facts = knowledge_.find(name);
    auto* value = facts ? std::get_if<std::int64_t>(&facts->value) : nullptr;
    if (value) hints.emplace(name, integer(*value));
  }
  return substitute(expr, hints);
}

/// `base % divisor` is what it is in this run: of sizes of the form `modulus*k + remainder`.
void DimSolver::add_congruence(const Expr& base, const Expr& divisor, const std::string& name) {
  auto hinted = with_hints(modulo(base, divisor));
  if (!is_integer(hinted)) return;
  auto line = linear_form(subtract(base, hinted));
  if (!line || !is_integer(divisor)) {
    found_congruence_ = true;
    return;
  }
  if (std::abs(static_cast<double>(integer_value(divisor))) > kLargestModulus) {
    found_congruence_ = true;
    return;
  }
  auto modulus = std::abs(integer_value(divisor));
  auto content = std::gcd(std::gcd(line->factor, line->offset), modulus);
  modulus /= content;
  auto factor = python::modulo(line->factor / content, modulus);
  auto offset = python::modulo(line->offset / content, modulus);
  if (modulus == 1) return;
  found_congruence_ = true;
  for (std::int64_t remainder = 0; remainder < modulus; ++remainder) {
    if (python::modulo(factor * remainder + offset, modulus) != 0) continue;
    intersect(sizes_[name], remainder, modulus / std::gcd(factor, modulus));
    return;
  }
}

/// Divisions and remainders as they are in this run, which is then a congruence; what is
/// left of a division are whole multiples.
Expr DimSolver::without_divisions(const Expr& expr, const std::string& name) {
  if (expr.children.empty()) return expr;
  std::vector<Expr> children;
  for (const auto& child : expr.children) children.push_back(without_divisions(child, name));
  bool is_mod = expr.kind == ExprKind::mod || expr.kind == ExprKind::python_mod;
  bool is_division = expr.kind == ExprKind::floor_div || expr.kind == ExprKind::clean_div;
  if (is_mod) {
    add_congruence(children[0], children[1], name);
    return with_hints(modulo(children[0], children[1]));
  }
  if (!is_division) return make(expr.kind, std::move(children));
  add_congruence(children[0], children[1], name);
  return floor_divide(children[0], children[1]);
}

void DimSolver::solve_relation(const Expr& relation, const std::string& name) {
  // A division is undone by multiplying the other side.
  auto left = relation.children[0], right = relation.children[1];
  auto kind = relation.kind;
  if (right.kind == ExprKind::floor_div && left.kind != ExprKind::floor_div) {
    auto turned = reversed(relation);
    return solve_relation(turned, name);
  }
  if (left.kind == ExprKind::floor_div && is_integer(left.children[1]) &&
      integer_value(left.children[1]) > 0 && is_integer(right)) {
    auto remainder = with_hints(modulo(left.children[0], left.children[1]));
    right = roundtrip::add(multiply(right, left.children[1]), remainder);
    left = Expr(left.children[0]);  // a copy first: the assignment destroys its own source
  }
  auto line = linear_form(subtract(left, right));
  if (!line || line->factor == 0) return;
  auto& size = sizes_[name];
  bool strict = kind == ExprKind::less || kind == ExprKind::greater;
  if (kind == ExprKind::equal) {
    if (python::modulo(line->offset, line->factor) == 0) {
      size.only = python::floor_divide(minus(line->offset), line->factor);
    }
  } else if (kind == ExprKind::less || kind == ExprKind::less_equal) {
    bound_size(size, line->factor, fitting(python::subtract(minus(line->offset), strict)));
  } else {
    bound_size(size, minus(line->factor), fitting(python::subtract(line->offset, strict)));
  }
}

bool DimSolver::add(const Expr& guard) {
  if (is_boolean(guard, true)) return true;
  if (!is_solvable(guard)) return false;
  auto names = free_symbols(guard);
  if (names.size() != 1) {
    several_.push_back(guard);
    return false;
  }
  found_congruence_ = false;
  auto relation = without_divisions(guard, names[0]);
  if (is_boolean(relation, true)) return !found_congruence_;
  if (is_relation(relation)) solve_relation(relation, names[0]);
  return false;
}

void DimSolver::add_equality(const std::string& source, const Expr& expr) {
  equalities_.emplace_back(source, expr);
}

void DimSolver::solve() {
  for (bool changed = true; changed;) {
    changed = false;
    std::unordered_map<std::string, Expr> specialised;
    for (const auto& [name, size] : sizes_) {
      if (size.only) specialised.emplace(name, integer(*size.only));
    }
    auto pending = std::move(several_);
    several_.clear();
    for (const auto& guard : pending) {
      auto simpler = substitute(guard, specialised);
      changed = changed || !same(simpler, guard);
      add(simpler);
    }
    for (auto& [source, expr] : equalities_) expr = substitute(expr, specialised);
  }
}

}  // namespace roundtrip
