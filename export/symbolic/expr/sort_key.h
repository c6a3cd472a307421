#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

struct SortKey;
using SortKeyPtr = std::shared_ptr<const SortKey>;

/// SymPy's canonical order of expressions, by which it prints Max and Min.
struct SortKey {
  /// Numbers, symbols, Mul, Add, Pow, functions, the rest; then by name.
  std::tuple<int, int, std::string> kind;
  std::vector<SortKeyPtr> arguments;
  SortKeyPtr exponent;  ///< absent for a number
  double coefficient = 1;
};

/// Below 0, 0, above 0.
int compare(const SortKey& a, const SortKey& b);

/// The keys of an expression's parts, each made once: a part's key contains those of its
/// own parts, and its place among others asks for them again. What it is asked about, unless
/// it is a number, must stay where it is in memory.
class SortKeys {
 public:
  SortKeyPtr of(const Expr& expr);

 private:
  SortKeyPtr make_key(const Expr& expr);
  SortKeyPtr product_key(const Expr& product);
  SortKeyPtr power_key(const Expr& base, SortKeyPtr exponent);

  std::unordered_map<const Expr*, SortKeyPtr> known_;
};

/// Puts expressions, given by pointers, into the order of their keys.
void sort_by_key(std::vector<const Expr*>& exprs, SortKeys& keys);

SortKey sort_key(const Expr& expr);
bool operator<(const SortKey& left, const SortKey& right);

}  // namespace roundtrip
