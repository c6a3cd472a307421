#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "export/symbolic/expr.h"

namespace roundtrip {

/// SymPy's canonical order of expressions, by which it prints Max and Min.
struct SortKey {
  /// Numbers, symbols, Mul, Add, Pow, functions, the rest; then by name.
  std::tuple<int, int, std::string> kind;
  std::vector<SortKey> arguments;
  std::vector<SortKey> exponent;  ///< one, or none for a number
  double coefficient = 1;
};

SortKey sort_key(const Expr& expr);
bool operator<(const SortKey& left, const SortKey& right);

}  // namespace roundtrip
