#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "export/capture/passes/insertion_point.h"

namespace roundtrip {

/// The numbers that a graph has by now, by expression, and nodes for those that it
/// does not have yet. Borrows the point at which those are inserted.
class NumberNodes {
 public:
  explicit NumberNodes(InsertionPoint& point) : point_(point) {}

  bool has(const Expr& expr) const { return find(expr) != nullptr; }
  /// Whether it has every symbol that `expr` is made of.
  bool has_symbols_of(const Expr& expr) const;
  void set(const Expr& expr, GraphValue& value);

  /// A literal or a value, for which nodes are inserted if there is none yet.
  Argument argument(const Expr& expr);

  /// Whether there are nodes for every operation in it.
  static bool can_make(const Expr& expr);

 private:
  GraphValue* find(const Expr& expr) const;
  /// Its operands as nodes give them: the number behind a condition is a choice of 1 and 0.
  Expr with_values(const Expr& expr) const;
  GraphValue& insert(const Expr& expr);
  GraphValue& insert_choice(const Expr& piecewise);
  std::vector<Argument> operands_of(const Expr& expr);

  InsertionPoint& point_;
  std::unordered_map<std::string, GraphValue*> values_;  ///< by SymPy's `srepr`
};

}  // namespace roundtrip
