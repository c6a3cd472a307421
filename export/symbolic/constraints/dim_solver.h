#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "export/symbolic/knowledge/knowledge.h"

namespace roundtrip {

/// What the guards leave of the sizes of inputs, for telling the user what to ask for
/// instead. Python's `DimConstraints`.
class DimSolver {
 public:
  explicit DimSolver(const Knowledge& knowledge) : knowledge_(knowledge) {}

  /// What a size may be: a multiple plus a remainder, within bounds.
  struct Size {
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
    std::int64_t modulus = 1;
    std::int64_t remainder = 0;
    std::optional<std::int64_t> only;  ///< specialised
  };

  /// Adds a guard; true if it is fulfilled by every size.
  bool add(const Expr& guard);
  /// The size at `source` is `expr`.
  void add_equality(const std::string& source, const Expr& expr);

  void solve();

  /// Of symbols, in order of name.
  const std::map<std::string, Size>& sizes() const { return sizes_; }
  const std::vector<std::pair<std::string, Expr>>& equalities() const { return equalities_; }

 private:
  Expr without_divisions(const Expr& expr, const std::string& name);
  void add_congruence(const Expr& base, const Expr& divisor, const std::string& name);
  void solve_relation(const Expr& relation, const std::string& name);
  Expr with_hints(const Expr& expr) const;

  const Knowledge& knowledge_;
  std::map<std::string, Size> sizes_;
  std::vector<Expr> several_;  ///< guards on more than one symbol
  std::vector<std::pair<std::string, Expr>> equalities_;
  bool found_congruence_ = false;
};

}  // namespace roundtrip
