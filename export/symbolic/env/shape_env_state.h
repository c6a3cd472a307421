#pragma once

#include <string>
#include <vector>

#include "export/symbolic/env/shape_env.h"
#include "export/symbolic/knowledge/knowledge.h"
#include "export/symbolic/knowledge/prover.h"
#include "export/symbolic/knowledge/symbol_names.h"

namespace roundtrip {

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
