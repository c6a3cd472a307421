#include "export/symbolic/text/precedence.h"

namespace roundtrip {

namespace {

/// Of the kinds whose precedence depends on nothing else; functions are left out.
const std::unordered_map<ExprKind, Precedence>& fixed_precedences() {
  static const std::unordered_map<ExprKind, Precedence> kPrecedences{
      {ExprKind::boolean, kAtom},
      {ExprKind::symbol, kAtom},
      {ExprKind::max, kAtom},
      {ExprKind::min, kAtom},
      {ExprKind::add, kAdd},
      {ExprKind::pow_by_natural, kMul},
      {ExprKind::equal, kMul},
      {ExprKind::not_equal, kMul},
      {ExprKind::pow, kPow},
      {ExprKind::float_pow, kPow},
      {ExprKind::less, kTorchFunction},
      {ExprKind::less_equal, kTorchFunction},
      {ExprKind::greater, kTorchFunction},
      {ExprKind::greater_equal, kTorchFunction},
      {ExprKind::floor_div, kTorchFunction},
      {ExprKind::clean_div, kTorchFunction},
      {ExprKind::mod, kTorchFunction},
      {ExprKind::python_mod, kTorchFunction},
      {ExprKind::modular_indexing, kTorchFunction},
      {ExprKind::where, kTorchFunction},
      {ExprKind::int_true_div, kTorchFunction},
      {ExprKind::float_true_div, kTorchFunction},
      {ExprKind::bitwise_and, kBitwiseAnd},
      {ExprKind::bitwise_or, kBitwiseOr},
      {ExprKind::bitwise_xor, kBitwiseXor},
      {ExprKind::logical_and, kAnd},
      {ExprKind::logical_or, kOr},
      {ExprKind::logical_not, kNot},
      {ExprKind::identity, kIdentity},
  };
  return kPrecedences;
}

int mul_precedence(const Expr& mul) {
  for (const auto& factor : mul.children) {
    if (precedence(factor) == kTorchFunction || factor.kind == ExprKind::identity) return kMul;
  }
  return has_minus(mul) ? kAdd : kMul;
}

}  // namespace

bool is_negative(const Expr& expr) {
  if (expr.kind == ExprKind::integer || expr.kind == ExprKind::int_infinity) {
    return std::get<std::int64_t>(expr.value) < 0;
  }
  if (expr.kind == ExprKind::floating) return std::get<double>(expr.value) < 0;
  return expr.kind == ExprKind::rational && is_negative(expr.children[0]);
}

bool has_minus(const Expr& mul) {
  bool minus = false;
  for (const auto& factor : mul.children) minus ^= is_negative(factor);
  return minus;
}

int precedence(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer:
    case ExprKind::floating:
    case ExprKind::int_infinity:
      return is_negative(expr) ? kAdd : kAtom;
    case ExprKind::rational:
      return is_negative(expr) ? kAdd : kMul;
    case ExprKind::mul:
      return mul_precedence(expr);
    default:
      break;
  }
  auto found = fixed_precedences().find(expr.kind);
  return found == fixed_precedences().end() ? kFunction : found->second;
}

}  // namespace roundtrip
