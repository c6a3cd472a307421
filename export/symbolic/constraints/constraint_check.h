#pragma once

#include <map>
#include <string>
#include <vector>

#include "export/symbolic/constraints/dim_equalities.h"
#include "export/symbolic/constraints/dim_solver.h"
#include "export/symbolic/constraints/suggested_fixes.h"

namespace roundtrip {

/// Holds what was asked of the inputs against the guards: the part of Python's
/// `produce_guards` that finds violated constraints, and its explanation of them.
class ConstraintCheck {
 public:
  ConstraintCheck(const std::vector<InputSize>& inputs, const std::vector<Expr>& guards,
                  const std::vector<DeferredAssert>& asserts, const DimEqualities& equalities,
                  Knowledge& knowledge);

  /// Throws `CaptureError` if anything is violated.
  void run();

 private:
  void track_inputs();
  void track(const InputSize& input, const Expr& expr);
  void check_equalities();
  void check_equality(const InputSize& input, const Expr& expr);
  void check_guards();
  void use_asserts();
  void check_guard(const Expr& guard);
  void check_ranges();
  void check_range(const std::string& name, const std::string& source);
  void report() const;

  Expr size_by_name(const std::string& source) const;
  std::string code(const Expr& expr) const;
  std::string described(const InputSize& input, const std::string& source) const;
  void violated(const std::string& source, std::string message);

  const std::vector<InputSize>& inputs_;
  const std::vector<Expr>& guards_;
  const std::vector<DeferredAssert>& asserts_;
  const DimEqualities& equalities_;
  Knowledge& knowledge_;
  DimNames names_;
  DimSolver solver_;
  std::vector<std::string> symbols_;                             ///< in order of inputs
  std::map<std::string, std::string> sources_;                   ///< the first of a symbol
  std::map<std::string, std::vector<const InputSize*>> asked_;   ///< ranges, by symbol
  std::vector<std::pair<std::string, std::string>> violations_;  ///< name and message
};

}  // namespace roundtrip
