#pragma once

#include <ATen/core/ivalue.h>
#include <roundtrip/exported_program.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace roundtrip {

/// Where a graph's inputs come from: the program's parameters, buffers and
/// constants, or the caller. Keeps the program's tensors alive.
class GraphInputs {
 public:
  /// Throws `ProgramError` for a parameter, buffer or constant that the program
  /// does not have; `UnsupportedError` naming an object it cannot pass.
  explicit GraphInputs(const Program& program);

  /// One value for each graph input; `leaves` are the caller's flat inputs.
  std::vector<c10::IValue> gather(const std::vector<const Value*>& leaves) const;

  /// The program's tensor constants by name, as the graph gets them.
  const OrderedMap<at::Tensor>& constants() const { return constants_; }

  std::size_t size() const { return sources_.size(); }

 private:
  struct Source {
    std::optional<std::size_t> leaf;
    c10::IValue constant;
  };

  std::vector<Source> sources_;
  OrderedMap<at::Tensor> constants_;
};

/// A result of the graph that is the new value of one of its inputs.
struct GraphMutation {
  std::size_t result;
  std::size_t input;
  std::string target;  ///< name of the buffer, parameter or input
  const GraphValue* value;
};

/// In the order of results. Throws `ProgramError` for a mutation of what is no input of
/// the graph.
std::vector<GraphMutation> graph_mutations(const GraphSignature& signature);

/// What becomes of a graph's outputs: some go to the caller, some are copied into
/// the buffer, parameter or input that the program mutates.
class GraphOutputs {
 public:
  /// Throws as `graph_mutations` does, and `UnsupportedError` for programs that return
  /// gradients.
  explicit GraphOutputs(const GraphSignature& signature);

  /// The tensors that the program mutates, from the inputs its graph is about to
  /// consume.
  std::vector<at::Tensor> mutation_targets(const std::vector<c10::IValue>& inputs) const;

  /// Carries out the mutations and returns the caller's flat outputs. Throws
  /// `ExecutionError` when a mutation fails.
  Values finish(std::vector<c10::IValue> results, std::vector<at::Tensor> targets) const;

  std::size_t size() const { return num_results_; }
  std::size_t num_user_outputs() const { return user_outputs_.size(); }

 private:
  struct UserOutput {
    std::size_t result;
    /// The mutation that wrote this same value: the caller gets the mutated tensor.
    std::optional<std::size_t> mutation;
  };

  void add_user_output(std::size_t result, const Argument& argument);

  std::vector<GraphMutation> mutations_;
  std::vector<UserOutput> user_outputs_;
  std::size_t num_results_ = 0;
};

}  // namespace roundtrip
