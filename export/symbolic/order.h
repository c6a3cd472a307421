#pragma once

#include <vector>

#include "export/symbolic/expr.h"

/// The orders in which SymPy keeps and prints arguments.
namespace roundtrip {

/// By which sums and products keep their arguments (`Basic.compare`): negative, 0 for
/// the same expression, positive.
int compare(const Expr& a, const Expr& b);

/// By which Max, Min, And and Or keep theirs (`ordered`): smaller trees first.
void sort_arguments(std::vector<Expr>& arguments);

/// How a sum's terms are printed: by descending powers.
std::vector<Expr> ordered_terms(const Expr& sum);

/// How a product's factors are printed; a coefficient of -4 gives two, -1 and 4.
std::vector<Expr> ordered_factors(const Expr& product);

/// The arguments of any expression as they are printed.
std::vector<Expr> printed_arguments(const Expr& expr);

}  // namespace roundtrip
