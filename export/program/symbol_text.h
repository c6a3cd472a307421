#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// The symbolic expressions of one program as Python prints them. Each text is
/// parsed once; a large program repeats few of them many times.
class SymbolText {
 public:
  const std::string& text_of(const SymExpr& expr);
  std::string text_of(const SymInt& size);

  /// Whether `expr`, in printed form, is an expression of the program or a part
  /// of one. Counts what was asked for so far.
  bool contains(const std::string& expr) const { return parts_.contains(expr); }

 private:
  void add_parts(const Expr& expr);

  std::unordered_map<std::string, std::string> texts_;
  std::unordered_set<std::string> parts_;
};

}  // namespace roundtrip
