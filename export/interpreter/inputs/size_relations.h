#pragma once

#include <string>
#include <vector>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// A size of an input: where it is found, as messages write it (`x.size()[0]`), and the
/// expression that the program has for it.
struct InputSizeExpr {
  std::string source;
  Expr expr;
};

/// What sizes that are functions of symbols demand of each other: conditions whose symbols
/// have the sources as their names.
struct SizeRelations {
  /// Of symbols that no input has itself, which Python checks before the program's
  /// guards: `z` is `s0 + 1` and `y` is `2*s0 + 1`, so `-1 + 2*z == y`.
  std::vector<Expr> of_hidden_roots;
  /// Of symbols that inputs have. Programs traced by Python have guards that say the same.
  std::vector<Expr> of_inputs;
};

SizeRelations find_size_relations(const std::vector<InputSizeExpr>& sizes);

}  // namespace roundtrip
