#pragma once

#include <utility>
#include <vector>

#include "export/symbolic/expr/expr.h"
#include "export/symbolic/expr/sort_key.h"

/// The orders in which SymPy keeps and prints arguments.
namespace roundtrip {

/// By which sums and products keep their arguments (`Basic.compare`): negative, 0 for
/// the same expression, positive.
int compare(const Expr& a, const Expr& b);

/// By which Max, Min, And and Or keep theirs (`ordered`): smaller trees first.
void sort_arguments(std::vector<Expr>& arguments);

/// An expression's arguments as they are printed: a sum's terms by descending powers, a
/// product's factors by their keys, others as they are. Borrows the expression.
class PrintedOrder {
 public:
  PrintedOrder(const Expr& expr, SortKeys& keys);
  PrintedOrder(const PrintedOrder&) = delete;
  PrintedOrder& operator=(const PrintedOrder&) = delete;

  const std::vector<const Expr*>& arguments() const { return arguments_; }

 private:
  void order_terms(const Expr& sum, SortKeys& keys);
  void order_factors(const Expr& product, SortKeys& keys);

  std::vector<const Expr*> arguments_;
  /// A coefficient of -4 is printed as two factors, -1 and 4.
  std::pair<Expr, Expr> coefficient_;
};

/// The same as copies.
std::vector<Expr> printed_arguments(const Expr& expr);

}  // namespace roundtrip
