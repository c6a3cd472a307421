#pragma once

#include <optional>
#include <vector>

#include "export/symbolic/expr/expr.h"

/// Sums as terms and products as factors.
namespace roundtrip {

/// Whether one of `exprs` is the same as `wanted`.
bool contains(const std::vector<Expr>& exprs, const Expr& wanted);

/// A sum's terms, or the expression as the only one.
std::vector<Expr> terms_of(const Expr& expr);
/// A product's factors, or the expression as the only one.
std::vector<Expr> factors_of(const Expr& expr);

/// `coefficient * rest`.
struct Term {
  Expr coefficient;
  Expr rest;
};
Term split_coefficient(const Expr& expr);

/// `factor * symbol + offset`, in whole numbers.
struct LinearForm {
  std::int64_t factor = 0;
  std::int64_t offset = 0;
};
/// What a canonical expression is by its form: a number has the factor 0. Nothing if it is no
/// sum of numbers and multiples of one symbol.
std::optional<LinearForm> linear_form(const Expr& expr);

/// The greatest integer that divides every term.
std::int64_t integer_content(const Expr& expr);

/// `a / b` if that is an integer for all values of the symbols by its form alone: each
/// factor of `b` is one of each term of `a`.
std::optional<Expr> divide_exactly(const Expr& a, const Expr& b);

}  // namespace roundtrip
