#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/filter/filter.h"

namespace roundtrip {

/// One node of a parsed filter.
struct Filter::Expression {
  virtual ~Expression() = default;
  /// Nothing if it depends on the machine and none is given.
  virtual std::optional<bool> answer(const FilterSubject& test) const = 0;
  /// Adds what it asks the predicate of this name for.
  virtual void add_arguments(std::string_view predicate,
                             std::vector<std::string>& arguments) const = 0;
};

using ExpressionPtr = std::unique_ptr<const Filter::Expression>;

/// The names of the predicates, for messages.
std::vector<std::string> predicate_names();

/// The predicate `name` with its argument; null when there is none of that name. Throws
/// std::invalid_argument for an argument that it does not understand, saying what it takes.
ExpressionPtr make_predicate(const std::string& name, std::string argument);

ExpressionPtr make_not(ExpressionPtr operand);
ExpressionPtr make_and(ExpressionPtr left, ExpressionPtr right);
ExpressionPtr make_or(ExpressionPtr left, ExpressionPtr right);

/// Throws FilterError.
ExpressionPtr parse_filter(std::string_view text);

}  // namespace roundtrip
