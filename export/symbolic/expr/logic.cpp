#include <algorithm>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/order.h"
#include "export/symbolic/expr/relations.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

/// In the form in which equal relations are found.
Expr recognisable(const Expr& condition) {
  return is_relation(condition) ? canonical_relation(condition) : condition;
}

void flatten(ExprKind kind, const Expr& condition, std::vector<Expr>& flat) {
  if (condition.kind == kind) {
    for (const auto& child : condition.children) flatten(kind, child, flat);
  } else {
    flat.push_back(condition);
  }
}

/// And, Or: `decisive` is the value of one operand that makes it the result.
Expr connect(ExprKind kind, bool decisive, const Expr& a, const Expr& b) {
  std::vector<Expr> all, seen, kept;
  flatten(kind, a, all);
  flatten(kind, b, all);
  sort_arguments(all);
  for (auto& condition : all) {
    if (is_boolean(condition, decisive)) return boolean(decisive);
    if (condition.kind == ExprKind::boolean) continue;
    auto form = recognisable(condition);
    if (contains(seen, form)) continue;
    if (contains(seen, recognisable(logical_not(form)))) return boolean(decisive);
    seen.push_back(std::move(form));
    kept.push_back(std::move(condition));
  }
  if (kept.empty()) return boolean(!decisive);
  if (kept.size() == 1) return kept[0];
  return {kind, {}, {}, std::move(kept)};
}

/// A condition as Piecewise keeps it.
Expr as_piece_condition(const Expr& condition) {
  if (is_relation(condition)) return without_coefficients(condition);
  if (condition.children.empty()) return condition;
  std::vector<Expr> children;
  for (const auto& child : condition.children) children.push_back(as_piece_condition(child));
  return make(condition.kind, std::move(children));
}

Expr pair(const Expr& value, const Expr& condition) {
  return {ExprKind::expr_cond_pair, {}, {}, {value, condition}};
}

}  // namespace

Expr logical_and(const Expr& a, const Expr& b) {
  return connect(ExprKind::logical_and, false, a, b);
}

Expr logical_or(const Expr& a, const Expr& b) {
  return connect(ExprKind::logical_or, true, a, b);
}

Expr logical_not(const Expr& a) {
  if (a.kind == ExprKind::boolean) return boolean(!std::get<bool>(a.value));
  if (a.kind == ExprKind::logical_not) return a.children[0];
  if (is_relation(a)) return negated(a);
  return {ExprKind::logical_not, {}, {}, {a}};
}

Expr if_then_else(const Expr& condition, const Expr& a, const Expr& b) {
  auto kept = as_piece_condition(condition);
  if (kept.kind == ExprKind::boolean) return std::get<bool>(kept.value) ? a : b;
  if (same(a, b)) return a;
  return {ExprKind::piecewise, {}, {}, {pair(a, kept), pair(b, boolean(true))}};
}

}  // namespace roundtrip
