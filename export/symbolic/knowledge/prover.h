#pragma once

#include <memory>
#include <optional>

#include "export/symbolic/knowledge/knowledge.h"

namespace roundtrip {

/// Decides conditions on whole numbers that ranges and relations leave open, by Z3. The
/// effort is bounded by Z3's own count of steps and not by time, so that an answer does
/// not depend on the machine; answers are kept until more is known.
class Prover {
 public:
  Prover();
  ~Prover();

  /// True or false if it is proved for all values that the symbols may have.
  std::optional<bool> decide(const Expr& condition, Knowledge& knowledge);

 private:
  class Solver;
  std::unique_ptr<Solver> solver_;  ///< made when first needed
  std::unordered_map<Expr, std::optional<bool>, ExprHash, ExprEqual> answers_;
  std::int64_t version_ = 0;
};

}  // namespace roundtrip
