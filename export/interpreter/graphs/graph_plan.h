#pragma once

#include <roundtrip/graph.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "export/interpreter/steps/frame.h"
#include "export/interpreter/steps/operand.h"
#include "export/interpreter/steps/operator_policy.h"

namespace roundtrip {

class Scope;

/// Makes the steps of nodes that call no operator but a module, say. Returns null for a
/// node that is none of its own.
using StepMaker = std::function<std::unique_ptr<Step>(const Node& node, Scope& scope)>;

/// A graph compiled into a flat list of steps: the program's own graph, or one
/// that a higher-order operator calls. Any number of threads may run it at once. Run
/// while a program is captured, nodes that come of a node have its metadata. Refers to
/// the graph.
class GraphPlan {
 public:
  /// Throws `ProgramError` for a graph that contradicts itself. `depth` counts the
  /// graphs around this one.
  GraphPlan(const Graph& graph, const OperatorPolicy& policy, int depth = 0,
            const StepMaker& other_steps = {});

  /// One value for each input and each output of the graph. The stack must be
  /// empty. Throws `ExecutionError` and `UnsupportedError`.
  std::vector<c10::IValue> run(std::vector<c10::IValue> inputs, torch::jit::Stack& stack) const;

  std::size_t num_inputs() const { return inputs_.size(); }
  std::size_t num_outputs() const { return outputs_.size(); }

 private:
  struct Instruction {
    std::unique_ptr<Step> step;
    std::vector<Register> releases;  ///< values nobody needs after the step
    std::string node;
    std::string place;  ///< operator and source line, for error messages
    const Metadata* metadata;
  };

  void add_input(const Argument& input, Scope& scope);
  Instruction compile(const Node& node, const OperatorPolicy& policy, Scope& scope, int depth,
                      const StepMaker& other_steps);

  std::vector<std::optional<Register>> inputs_;
  std::vector<Instruction> instructions_;
  std::vector<Operand> outputs_;
  std::size_t num_registers_ = 0;
  bool has_vmap_ = false;
};

}  // namespace roundtrip
