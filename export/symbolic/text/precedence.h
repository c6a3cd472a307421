#pragma once

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// How tightly an expression binds: SymPy's own scale, and torch's for its functions.
enum Precedence {
  kIdentity = 10,
  kOr = 20,
  kAnd = 30,
  kRelational = 35,
  kTorchFunction = 35,
  kBitwiseOr = 36,
  kBitwiseXor = 37,
  kBitwiseAnd = 38,
  kAdd = 40,
  kMul = 50,
  kPow = 60,
  kFunction = 70,
  kNot = 100,
  kAlmostAtom = 999,
  kAtom = 1000,
};

int precedence(const Expr& expr);

/// A number below zero.
bool is_negative(const Expr& expr);

/// Whether a product is printed with a minus: `srepr` writes a coefficient of -4 as
/// two factors, -1 and 4.
bool has_minus(const Expr& mul);

}  // namespace roundtrip
