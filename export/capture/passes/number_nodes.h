#pragma once

#include <string>
#include <unordered_map>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// The numbers that a graph has by now, by expression, and nodes for those that it
/// does not have yet. Borrows the trace, for names and the table of numbers.
class NumberNodes {
 public:
  explicit NumberNodes(Trace& trace) : trace_(trace) {}

  bool has(const Expr& expr) const { return names_.count(to_srepr_key(expr)) > 0; }
  /// Whether it has every symbol that `expr` is made of.
  bool has_symbols_of(const Expr& expr) const;
  void set(const Expr& expr, const std::string& name) { names_[to_srepr_key(expr)] = name; }

  /// A literal, or the name of a value; nodes that it takes are appended to `nodes`.
  schema::Argument argument(const Expr& expr, SymbolType type, std::vector<TracedNode>& nodes,
                            bool grad_mode);

  /// Whether there are nodes for every operation in it.
  static bool can_make(const Expr& expr);

 private:
  static std::string to_srepr_key(const Expr& expr);
  /// Its operands as nodes give them: the number behind a condition is a choice of 1 and 0.
  Expr with_values(const Expr& expr) const;
  /// Appends nodes for it, by whose names it is known from now on.
  schema::Argument make(const Expr& expr, std::vector<TracedNode>& nodes, bool grad_mode);
  schema::Argument append(const Expr& expr, std::vector<TracedNode>& nodes, bool grad_mode);
  schema::Argument append_choice(const Expr& piecewise, std::vector<TracedNode>& nodes,
                                 bool grad_mode);
  schema::Argument operand(const Expr& expr, std::vector<TracedNode>& nodes, bool grad_mode);
  std::vector<schema::Argument> operands_of(const Expr& expr, std::vector<TracedNode>& nodes,
                                            bool grad_mode);

  Trace& trace_;
  std::unordered_map<std::string, std::string> names_;
};

}  // namespace roundtrip
