#include "export/symbolic/expr/algebra.h"

#include <algorithm>

#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/terms.h"
#include "export/symbolic/expr/work.h"

namespace roundtrip {

namespace {

Assumptions assumptions_by_name(const std::string& name) {
  if (name.starts_with("zuf")) return Assumptions::none;
  if (name.starts_with("zf")) return Assumptions::real;
  return name.starts_with("s") ? Assumptions::positive_integer : Assumptions::integer;
}

using Make = Expr (*)(std::vector<Expr>);

template <Expr (*kMake)(const Expr&)>
Expr unary(std::vector<Expr> children) {
  return kMake(children[0]);
}

template <Expr (*kMake)(const Expr&, const Expr&)>
Expr binary(std::vector<Expr> children) {
  return kMake(children[0], children[1]);
}

/// Of kinds with any number of arguments.
template <Expr (*kMake)(const Expr&, const Expr&)>
Expr fold(std::vector<Expr> children) {
  Expr result = children[0];
  for (std::size_t i = 1; i < children.size(); ++i) result = kMake(result, children[i]);
  return result;
}

Expr make_piecewise(std::vector<Expr> pairs) {
  const auto& last = pairs.back();
  if (pairs.size() == 2 && is_boolean(last.children[1], true)) {
    return if_then_else(pairs[0].children[1], pairs[0].children[0], last.children[0]);
  }
  return {ExprKind::piecewise, {}, {}, std::move(pairs)};
}

const std::unordered_map<ExprKind, Make>& makers() {
  static const std::unordered_map<ExprKind, Make> kMakers{
      {ExprKind::add, sum},
      {ExprKind::mul, product},
      {ExprKind::pow, binary<power>},
      {ExprKind::pow_by_natural, binary<power>},
      {ExprKind::max, fold<maximum>},
      {ExprKind::min, fold<minimum>},
      {ExprKind::equal, binary<equal>},
      {ExprKind::not_equal, binary<not_equal>},
      {ExprKind::less, binary<less>},
      {ExprKind::less_equal, binary<less_equal>},
      {ExprKind::greater, binary<greater>},
      {ExprKind::greater_equal, binary<greater_equal>},
      {ExprKind::logical_and, fold<logical_and>},
      {ExprKind::logical_or, fold<logical_or>},
      {ExprKind::logical_not, unary<logical_not>},
      {ExprKind::piecewise, make_piecewise},
      {ExprKind::floor_div, binary<floor_divide>},
      {ExprKind::mod, binary<natural_modulo>},
      {ExprKind::python_mod, binary<python_modulo>},
      {ExprKind::int_true_div, binary<int_true_divide>},
      {ExprKind::float_true_div, binary<float_true_divide>},
      {ExprKind::float_pow, binary<float_power>},
      {ExprKind::square_root, unary<square_root>},
      {ExprKind::to_float, unary<to_float>},
      {ExprKind::trunc_to_int, unary<trunc_to_int>},
      {ExprKind::ceil_to_int, unary<ceil_to_int>},
      {ExprKind::floor_to_int, unary<floor_to_int>},
      {ExprKind::round_to_int, unary<round_to_int>},
  };
  return kMakers;
}

void collect_symbols(const Expr& expr, std::vector<std::string>& names) {
  if (expr.kind == ExprKind::symbol &&
      std::find(names.begin(), names.end(), expr.name) == names.end()) {
    names.push_back(expr.name);
  }
  for (const auto& child : expr.children) collect_symbols(child, names);
}

/// `expr` with its children replaced by what `change` makes of them; the same tree if
/// none changed.
template <typename Change>
Expr with_children(const Expr& expr, Change change) {
  std::vector<Expr> children;
  bool changed = false;
  for (const auto& child : expr.children) {
    children.push_back(change(child));
    changed = changed || !same(children.back(), child);
  }
  return changed ? make(expr.kind, std::move(children)) : expr;
}

/// Each term of `a` times each of `b`.
Expr multiply_out(const Expr& a, const Expr& b) {
  std::vector<Expr> terms;
  for (const auto& left : terms_of(a)) {
    for (const auto& right : terms_of(b)) terms.push_back(multiply(left, right));
  }
  return sum(std::move(terms));
}

Expr expand_product(const Expr& mul) {
  bool has_sum = std::any_of(mul.children.begin(), mul.children.end(),
                             [](const Expr& child) { return child.kind == ExprKind::add; });
  if (!has_sum) return mul;
  Expr result = integer(1);
  for (const auto& factor : mul.children) result = multiply_out(result, factor);
  return result;
}

Expr expand_power(const Expr& pow) {
  const auto& base = pow.children[0];
  const auto& exponent = pow.children[1];
  if (base.kind != ExprKind::add || !is_integer(exponent) || integer_value(exponent) < 2) {
    return pow;
  }
  Expr result = base;
  for (std::int64_t i = 1; i < integer_value(exponent); ++i) result = multiply_out(result, base);
  return result;
}

}  // namespace

Expr integer(std::int64_t value) {
  return {ExprKind::integer, value, {}, {}};
}

Expr floating(double value) {
  return {ExprKind::floating, value, {}, {}};
}

Expr boolean(bool value) {
  return {ExprKind::boolean, value, {}, {}};
}

Expr symbol(std::string name) {
  auto assumptions = assumptions_by_name(name);
  return symbol(std::move(name), assumptions);
}

Expr symbol(std::string name, Assumptions assumptions) {
  return {ExprKind::symbol, {}, std::move(name), {}, assumptions};
}

Expr make(ExprKind kind, std::vector<Expr> children) {
  auto maker = makers().find(kind);
  if (maker == makers().end()) return {kind, {}, {}, std::move(children)};
  return maker->second(std::move(children));
}

namespace {

Expr canonical_tree(const Expr& expr) {
  count_work();
  if (expr.children.empty() || expr.kind == ExprKind::rational) return expr;
  std::vector<Expr> children;
  for (const auto& child : expr.children) children.push_back(canonical_tree(child));
  return make(expr.kind, std::move(children));
}

}  // namespace

Expr canonical(const Expr& expr) {
  const WorkLimit limit;
  return canonical_tree(expr);
}

Expr expand(const Expr& expr) {
  if (expr.children.empty()) return expr;
  auto result = with_children(expr, expand);
  if (result.kind == ExprKind::mul) return expand_product(result);
  if (result.kind == ExprKind::pow) return expand_power(result);
  return result;
}

bool same(const Expr& a, const Expr& b) {
  count_work();
  return a.kind == b.kind && same_number(a.value, b.value) && a.name == b.name &&
         a.assumptions == b.assumptions && a.children.size() == b.children.size() &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), same);
}

std::size_t ExprHash::operator()(const Expr& expr) const {
  auto hash = static_cast<std::size_t>(expr.kind) * 0x9e3779b97f4a7c15u;
  auto mix = [&](std::size_t part) { hash = (hash ^ part) * 0x100000001b3u + (hash >> 29); };
  if (!is_nan(expr.value)) mix(std::hash<Number>()(expr.value));
  mix(std::hash<std::string>()(expr.name));
  for (const auto& child : expr.children) mix((*this)(child));
  return hash;
}

Expr substitute(const Expr& expr, const std::unordered_map<std::string, Expr>& replacements) {
  if (expr.kind == ExprKind::symbol) {
    auto found = replacements.find(expr.name);
    return found == replacements.end() ? expr : found->second;
  }
  return with_children(expr, [&](const Expr& child) { return substitute(child, replacements); });
}

std::vector<std::string> free_symbols(const Expr& expr) {
  std::vector<std::string> names;
  collect_symbols(expr, names);
  return names;
}

std::optional<std::int64_t> factor_of(const Expr& expr, const Expr& symbol) {
  if (same(expr, symbol)) return 1;
  const auto& parts = expr.children;
  if (expr.kind != ExprKind::mul || parts.size() != 2) return std::nullopt;
  if (parts[0].kind != ExprKind::integer || !same(parts[1], symbol)) return std::nullopt;
  return std::get<std::int64_t>(parts[0].value);
}

}  // namespace roundtrip
