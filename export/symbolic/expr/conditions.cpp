#include "export/symbolic/expr/conditions.h"

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/relations.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

Expr relation(ExprKind kind, Expr left, Expr right) {
  return {kind, {}, {}, {std::move(left), std::move(right)}};
}

/// `6*x + 4*y` as `3*x + 2*y`; only the zero of it matters.
Expr in_lowest_terms(const Expr& expr) {
  if (is_integer(expr)) return integer_value(expr) < 0 ? integer(-1) : integer(1);
  auto content = integer_content(expr);
  if (content <= 1) return expr;
  return divide_exactly(expr, integer(content)).value_or(expr);
}

Expr canonical_form(const Expr& condition) {
  auto kind = condition.kind;
  const auto& left = condition.children[0];
  const auto& right = condition.children[1];
  bool flip = kind == ExprKind::greater || kind == ExprKind::greater_equal;
  if (kind == ExprKind::greater) kind = ExprKind::less;
  if (kind == ExprKind::greater_equal) kind = ExprKind::less_equal;
  auto difference = flip ? subtract(left, right) : subtract(right, left);
  if (is_number(difference)) return relation(kind, integer(0), difference);
  std::vector<Expr> above, below;
  for (const auto& term : terms_of(in_lowest_terms(difference))) {
    bool negative = real_value(split_coefficient(term).coefficient) < 0;
    (negative ? below : above).push_back(negative ? negate(term) : term);
  }
  return relation(kind, sum(std::move(below)), sum(std::move(above)));
}

Expr inner_negation(const Expr& condition) {
  bool is_and = condition.kind == ExprKind::logical_and;
  if (!is_and && condition.kind != ExprKind::logical_or) return logical_not(condition);
  Expr result = boolean(!is_and ? true : false);
  for (const auto& child : condition.children) {
    auto negation = inner_negation(child);
    result = is_and ? logical_or(result, negation) : logical_and(result, negation);
  }
  return result;
}

bool relates_numbers(const Expr& condition) {
  return is_relation(condition) && !is_relation(condition.children[0]) &&
         condition.children[0].kind != ExprKind::boolean &&
         condition.children[1].kind != ExprKind::boolean;
}

class Implications {
 public:
  void add(const Expr& condition) {
    auto form = canonical_condition(condition);
    if (form.kind == ExprKind::equal || form.kind == ExprKind::not_equal) {
      add_both_ways(form, true);
      form.kind = form.kind == ExprKind::equal ? ExprKind::not_equal : ExprKind::equal;
      add_both_ways(form, false);
      return;
    }
    facts_.emplace_back(form, true);
    facts_.emplace_back(canonical_condition(logical_not(form)), false);
  }

  std::vector<std::pair<Expr, bool>> take() { return std::move(facts_); }

 private:
  void add_both_ways(const Expr& form, bool holds) {
    facts_.emplace_back(form, holds);
    facts_.emplace_back(reversed(form), holds);
  }

  std::vector<std::pair<Expr, bool>> facts_;
};

}  // namespace

Expr canonical_condition(const Expr& condition) {
  if (relates_numbers(condition)) return canonical_form(condition);
  if (condition.kind == ExprKind::logical_not) {
    auto inner = inner_negation(condition.children[0]);
    return inner.kind == ExprKind::logical_not ? inner : canonical_condition(inner);
  }
  if (condition.kind != ExprKind::logical_and && condition.kind != ExprKind::logical_or) {
    return condition;
  }
  std::vector<Expr> children;
  for (const auto& child : condition.children) children.push_back(canonical_condition(child));
  return make(condition.kind, std::move(children));
}

std::vector<std::pair<Expr, bool>> implications(const Expr& condition) {
  Implications facts;
  facts.add(condition);
  if (!relates_numbers(condition)) return facts.take();
  const auto& left = condition.children[0];
  const auto& right = condition.children[1];
  bool whole = is_integer_valued(left) && is_integer_valued(right);
  if (condition.kind == ExprKind::equal) {
    facts.add(relation(ExprKind::less_equal, left, right));
    facts.add(relation(ExprKind::greater_equal, left, right));
  } else if (condition.kind == ExprKind::less) {
    facts.add(relation(ExprKind::less_equal, left, right));
    facts.add(relation(ExprKind::not_equal, left, right));
    if (whole) facts.add(relation(ExprKind::less_equal, left, subtract(right, integer(1))));
  } else if (condition.kind == ExprKind::less_equal) {
    facts.add(relation(ExprKind::less, left, add(right, integer(1))));
  }
  return facts.take();
}

}  // namespace roundtrip
