#pragma once

#include <string>
#include <vector>

#include "export/symbolic/env/knowledge.h"
#include "export/symbolic/env/prover.h"
#include "export/symbolic/env/shape_env.h"
#include "export/symbolic/env/symbol_names.h"

namespace roundtrip {

/// One size or number of an input that was asked about.
struct InputSize {
  std::string source;
  std::int64_t hint = 0;
  SizeConstraint asked;
  Expr expr;  ///< its symbol, or a literal
};

struct ShapeEnv::State {
  Knowledge knowledge;
  Prover prover;
  SymbolNumbers numbers;
  std::int64_t unbacked_ints = 0;
  std::int64_t unbacked_floats = 0;
  std::vector<InputSize> inputs;
  std::vector<Expr> guards;
  std::vector<DeferredAssert> deferred;
  std::vector<std::string> warnings;
};

}  // namespace roundtrip
