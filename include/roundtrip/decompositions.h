#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace roundtrip {

/// Which operators `ExportedProgram::run_decompositions` replaces, and by what: Python's
/// table of decompositions. An empty table keeps composite operators (`aten.linear`)
/// whole, unless they may write to an argument or return a view of one.
class DecompositionTable {
 public:
  /// Takes an operator's arguments off the stack and leaves its results, which it makes
  /// by calling other operators. It must not write to its arguments. Calls of the
  /// operator itself, from within, are recorded as they are: so a rule leaves alone what
  /// it has no better operators for.
  using Rule = std::function<void(torch::jit::Stack& stack)>;

  /// A table without rules.
  DecompositionTable() = default;

  /// Replaces calls of an operator, e.g. `aten::silu` or `aten::add.Scalar`, by what
  /// `rule` does. Throws `Error` if there is no such operator in this process.
  void add(const std::string& op, Rule rule);
  /// Keeps an operator whole, composite or not. Throws `Error` if there is no such
  /// operator, if the table does not replace it, or if it may write or return a view, so
  /// that it cannot stay.
  void remove(const std::string& op);

  /// Whether calls of `op` are replaced, by a rule or by its parts. Throws `Error` if there
  /// is no such operator.
  bool contains(const std::string& op) const;
  bool replaces(const c10::OperatorHandle& op) const;
  /// Names of all operators in this process that are replaced.
  std::vector<c10::OperatorName> operators() const;
  /// The rule for `op`, or null.
  const Rule* find(const c10::OperatorHandle& op) const;

 private:
  friend DecompositionTable default_decompositions();

  std::unordered_map<c10::OperatorName, Rule> rules_;
  std::unordered_set<c10::OperatorName> whole_;
  bool takes_composites_apart_ = false;
};

/// The table that leads to the core ATen operators: every composite operator is taken
/// apart, and rules replace others, as `torch.export.default_decompositions()` does.
/// Branches and bodies of control flow are taken apart, too. Operators of Python's table
/// that have no rule here stay as they are: they are functional, and the program runs the
/// same.
DecompositionTable default_decompositions();

}  // namespace roundtrip
