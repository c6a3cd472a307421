#include <algorithm>
#include <optional>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/order.h"
#include "export/symbolic/expr/terms.h"

/// Max and Min, simplified as `torch.utils._sympy.functions` does: numbers and equal
/// arguments are put together, and what follows from a sign is used; no more.
namespace roundtrip {

namespace {

ExprKind other_extreme(ExprKind kind) {
  return kind == ExprKind::max ? ExprKind::min : ExprKind::max;
}

/// The arguments of nested ones of the same kind too, each once, numbers put together.
struct Arguments {
  std::optional<Expr> number;
  std::vector<Expr> others;

  void add(ExprKind kind, const Expr& argument) {
    if (argument.kind == kind) {
      for (const auto& child : argument.children) add(kind, child);
    } else if (!is_number(argument)) {
      if (!contains(others, argument)) others.push_back(argument);
    } else if (!number || (compare_numbers(argument, *number) > 0) == (kind == ExprKind::max)) {
      number = argument;
    }
  }
};

/// `Max(a, Min(a, b))` is `a`: drops nested opposites that contain another argument.
void drop_absorbed(ExprKind kind, std::vector<Expr>& arguments) {
  std::erase_if(arguments, [&](const Expr& argument) {
    return argument.kind == other_extreme(kind) &&
           std::any_of(argument.children.begin(), argument.children.end(),
                       [&](const Expr& child) { return contains(arguments, child); });
  });
}

/// `Max(9, Min(3, x))` is 9: drops nested opposites whose number is no better.
void drop_outdone(ExprKind kind, const Expr& number, std::vector<Expr>& arguments) {
  std::erase_if(arguments, [&](const Expr& argument) {
    if (argument.kind != other_extreme(kind) || !is_number(argument.children[0])) return false;
    int order = compare_numbers(argument.children[0], number);
    return kind == ExprKind::max ? order < 0 : order > 0;
  });
}

std::vector<Expr> without(const std::vector<Expr>& arguments, const std::vector<Expr>& removed) {
  std::vector<Expr> rest;
  for (const auto& argument : arguments) {
    if (!contains(removed, argument)) rest.push_back(argument);
  }
  return rest;
}

Expr plain(ExprKind kind, std::vector<Expr> arguments) {
  if (arguments.size() == 1) return arguments[0];
  sort_arguments(arguments);
  return {kind, {}, {}, std::move(arguments)};
}

/// `Max(Min(a, c), Min(b, c))` is `Min(c, Max(a, b))`.
void factor_out_common(ExprKind kind, std::vector<Expr>& arguments) {
  std::vector<Expr> common, opposites, remaining;
  for (auto& argument : arguments) {
    (argument.kind == other_extreme(kind) ? opposites : remaining).push_back(argument);
  }
  if (opposites.size() < 2) return;
  for (const auto& candidate : opposites[0].children) {
    bool in_all = std::all_of(opposites.begin(), opposites.end(), [&](const Expr& argument) {
      return contains(argument.children, candidate);
    });
    if (in_all) common.push_back(candidate);
  }
  if (common.empty()) return;
  std::vector<Expr> different;
  bool absorbed = false;
  for (const auto& argument : opposites) {
    auto rest = without(argument.children, common);
    absorbed = absorbed || rest.empty();
    if (!rest.empty()) different.push_back(plain(other_extreme(kind), std::move(rest)));
  }
  if (!absorbed) common.push_back(plain(kind, std::move(different)));
  remaining.push_back(plain(other_extreme(kind), std::move(common)));
  arguments = std::move(remaining);
}

/// Two multiples of one thing whose sign is known.
std::optional<Expr> greater_multiple(ExprKind kind, const Expr& a, const Expr& b) {
  auto left = split_coefficient(a), right = split_coefficient(b);
  if (!same(left.rest, right.rest)) return {};
  int order = compare_numbers(left.coefficient, right.coefficient);
  auto maximum = assumed_maximum(left.rest);
  if (maximum && *maximum <= 0) {
    order = -order;
  } else if (!is_assumed_nonnegative(left.rest)) {
    return {};
  }
  return (order > 0) == (kind == ExprKind::max) ? a : b;
}

/// One argument and a 0 or 1, where the argument's sign decides.
std::optional<Expr> decided_by_sign(ExprKind kind, const Expr& number, const Expr& other) {
  bool at_least = (real_value(number) == 0 && is_assumed_nonnegative(other)) ||
                  (is_integer(number, 1) && is_assumed_positive(other));
  if (!at_least) return {};
  return kind == ExprKind::max ? other : number;
}

Expr extreme(ExprKind kind, const Expr& a, const Expr& b) {
  Arguments arguments;
  arguments.add(kind, a);
  arguments.add(kind, b);
  auto& others = arguments.others;
  drop_absorbed(kind, others);
  if (arguments.number) drop_outdone(kind, *arguments.number, others);
  factor_out_common(kind, others);
  if (others.empty()) return *arguments.number;
  if (arguments.number) {
    if (others.size() == 1) {
      if (auto decided = decided_by_sign(kind, *arguments.number, others[0])) return *decided;
    }
    others.push_back(*arguments.number);
  } else if (others.size() == 2) {
    if (auto greater = greater_multiple(kind, others[0], others[1])) return *greater;
  }
  return plain(kind, std::move(others));
}

}  // namespace

Expr maximum(const Expr& a, const Expr& b) {
  return extreme(ExprKind::max, a, b);
}

Expr minimum(const Expr& a, const Expr& b) {
  return extreme(ExprKind::min, a, b);
}

}  // namespace roundtrip
