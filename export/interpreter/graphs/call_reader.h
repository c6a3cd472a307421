#pragma once

#include <roundtrip/error.h>
#include <roundtrip/graph.h>

#include <optional>
#include <string>
#include <vector>

#include "export/interpreter/graphs/graph_plan.h"
#include "export/interpreter/steps/operand.h"
#include "export/interpreter/steps/result_sink.h"
#include "export/interpreter/steps/scope.h"

namespace roundtrip {

/// The results of a higher-order operator, stored to what the node's outputs name.
class ResultSinks {
 public:
  ResultSinks(const std::vector<Argument>& outputs, Scope& scope);
  void store(Frame& frame, std::vector<c10::IValue> results) const;
  std::size_t num_values() const { return num_values_; }

 private:
  std::vector<ResultSink> sinks_;
  std::size_t num_values_ = 0;
};

/// Operands of a graph to call.
class OperandList {
 public:
  void append(const Argument& given, const Scope& scope) {
    append_operands(given, scope, operands_);
  }
  std::size_t size() const { return operands_.size(); }
  std::vector<c10::IValue> load(Frame& frame) const;

 private:
  std::vector<Operand> operands_;
};

/// Reads the arguments of a higher-order operator's node, from first to last, while its
/// step is made. Every function throws `ProgramError` if the next
/// argument is missing or of another kind.
class CallReader {
 public:
  CallReader(const Node& node, const OperatorPolicy& policy, Scope& scope, int depth)
      : node_(node), policy_(policy), scope_(scope), depth_(depth) {}

  /// A subgraph, compiled.
  GraphPlan graph();
  /// One operand, or the list of operands that one argument gives.
  OperandList operands();
  /// All operands that are left.
  OperandList remaining_operands();
  /// A constant of the type T, or nothing where None is given.
  template <typename T>
  std::optional<T> optional_constant() {
    const auto& given = next();
    if (given.get<NoneArgument>()) return std::nullopt;
    if (auto* value = given.get<T>()) return *value;
    throw ProgramError(position() + " is of another kind than the operator takes");
  }
  template <typename T>
  T constant() {
    if (auto value = optional_constant<T>()) return *value;
    throw ProgramError(position() + " is None");
  }
  /// An operator that may be called.
  c10::OperatorHandle op();
  /// Names of the arguments that are left, and how many tensors the list `name` has.
  std::vector<std::string> keyword_names() const;
  std::size_t keyword_size(const std::string& name) const;
  /// The arguments that are left, which `schema` has by name.
  std::vector<Operand> keywords(const c10::FunctionSchema& schema);
  /// Last: the results. Throws if arguments are left over, or if the operator
  /// gives more or fewer than `count` results.
  ResultSinks results(std::size_t count);

 private:
  const Argument& next();
  std::string position() const { return "argument " + std::to_string(index_); }

  const Node& node_;
  const OperatorPolicy& policy_;
  Scope& scope_;
  int depth_;
  std::size_t index_ = 0;  ///< how many arguments have been read
};

/// Adds `more` at the end of `values`.
void append(std::vector<c10::IValue>& values, const std::vector<c10::IValue>& more);

/// Throws `ProgramError` unless the graph takes so many inputs.
void require_inputs(const GraphPlan& graph, std::size_t count);
/// Throws `ProgramError` unless it gives at least and at most so many outputs.
void require_outputs(const GraphPlan& graph, std::size_t least, std::size_t most);

}  // namespace roundtrip
