#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <cstdint>
#include <string>
#include <unordered_map>

#include "export/capture/state_guard.h"
#include "export/capture/trace.h"
#include "export/program/fx_names.h"

namespace roundtrip {

/// An operator that forward called threw.
class OperatorFailure : public CaptureError {
 public:
  using CaptureError::CaptureError;
};

/// Turns the operator calls of one run of forward into a Trace: runs each on the
/// twins of its arguments and appends a node. One run, one thread.
class Recorder {
 public:
  explicit Recorder(const ModuleState& state);
  virtual ~Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// The number of the graph: its traced tensors bear it.
  std::uint64_t graph() const { return graph_; }

  /// Makes `tensor` the graph's next input and returns its name.
  std::string add_input(const at::Tensor& tensor);

  /// Name of the value `tensor` stands for; a plain tensor that the graph does
  /// not know becomes a constant.
  std::string value_of(const at::Tensor& argument);

  /// `tensor` as this graph has it. Throws `CaptureError` for one that was traced
  /// for another graph.
  virtual at::Tensor local(const at::Tensor& tensor);

  /// Appends a call of a higher-order operator, whose name in the graph is made from
  /// `name`. `results` are what it gave in this run, tensors and None; they are
  /// returned as traced ones.
  Values call_higher_order(const std::string& name, std::vector<NamedArgument> inputs,
                           const Values& results);
  /// The next name of a subgraph: `true_graph_0`, `true_graph_1`, ...
  std::string subgraph_name(const std::string& prefix);

  /// Called for every operator: arguments on the stack, results in their place.
  void call(const c10::OperatorHandle& op, torch::jit::Stack& stack);

  const Trace& trace() const { return trace_; }
  ModeTracker& modes() { return modes_; }

  Trace take_trace() { return std::move(trace_); }

 protected:
  std::string add_placeholder(PlaceholderKind kind, const std::string& target,
                              const at::Tensor& tensor);
  /// Makes a tensor from outside an input of the program; returns its name.
  virtual std::string add_constant(const at::Tensor& tensor);
  /// Called before an operator writes to `twin`.
  virtual void before_write(const at::Tensor& twin);
  /// True for a plain tensor that came up in this graph.
  bool knows(const at::Tensor& tensor) const;

 private:
  /// A tensor from `aten::empty`, whose memory C++ code may fill itself, as
  /// `torch::tensor` does: a constant if it was filled, a node otherwise.
  struct Empty {
    at::Tensor tensor;
    Node node;
    bool grad_mode;
  };

  std::string settle(Empty empty);
  void append(Node node, bool grad_mode, bool writes = false);
  void name_results(const c10::FunctionSchema& schema, const std::vector<c10::IValue>& arguments,
                    torch::jit::Stack& results, Node& node);
  Argument name_result(c10::IValue& result, const std::string& candidate);
  Argument name_written(const at::Tensor& argument, const std::string& candidate);
  at::Tensor define_traced(const at::Tensor& twin, const std::string& candidate);
  std::string define(const at::Tensor& twin, const std::string& candidate);
  void prepare_writes(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> arguments);
  void run(const c10::OperatorHandle& op, torch::jit::Stack& twins);
  void record(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
              torch::jit::Stack& results);
  void hold_empty(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
                  const at::Tensor& tensor);

  const std::uint64_t graph_;
  Trace trace_;
  StateGuard guard_;
  ModeTracker modes_;
  FxNamespace namer_;
  /// Plain tensors the graph knows, by identity; `kept_` keeps them alive, so
  /// that no other tensor takes their address.
  std::unordered_map<const c10::TensorImpl*, std::string> plain_;
  std::vector<at::Tensor> kept_;
  std::unordered_map<const c10::StorageImpl*, Empty> empties_;
  std::size_t constants_ = 0;
  std::unordered_map<std::string, std::size_t> subgraphs_;
};

}  // namespace roundtrip
