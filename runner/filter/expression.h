#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runner/filter/filter.h"

namespace roundtrip {

/// One node of a parsed filter.
struct Filter::Expression {
  virtual ~Expression() = default;
  virtual bool matches(const FilterSubject& test) const = 0;
  /// Adds the arguments of outcome().
  virtual void add_outcomes(std::vector<std::string>&) const {}
};

using ExpressionPtr = std::unique_ptr<const Filter::Expression>;

/// The names of the predicates, for messages.
std::vector<std::string> predicate_names();

/// The predicate `name` with its argument; null when there is none of that name.
ExpressionPtr make_predicate(const std::string& name, std::string argument);

ExpressionPtr make_not(ExpressionPtr operand);
ExpressionPtr make_and(ExpressionPtr left, ExpressionPtr right);
ExpressionPtr make_or(ExpressionPtr left, ExpressionPtr right);

/// Throws FilterError.
ExpressionPtr parse_filter(std::string_view text);

}  // namespace roundtrip
