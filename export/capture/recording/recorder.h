#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/capture/recording/call_observer.h"
#include "export/capture/recording/graph_builder.h"
#include "export/capture/recording/number_recorder.h"
#include "export/capture/recording/operator_layer.h"
#include "export/capture/recording/surroundings.h"
#include "export/capture/recording/value_table.h"
#include "export/capture/sandbox/random_watch.h"
#include "export/operators/facts.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {

/// Turns the operator calls of one run of forward, or of a branch or body in it, into a Trace:
/// runs each on concrete arguments and appends a node. One run, one thread.
class Recorder {
 public:
  /// Without a layer operators are called by a model's C++ code, which may fill memory of
  /// `aten::empty` itself; with one by the graph of a program, whose assertions on tensors
  /// stay as they are and whose modes are part of what the layer makes of them. Surroundings and
  /// layer outlive the recorder.
  Recorder(Surroundings& surroundings, std::shared_ptr<Symbols> symbols,
           OperatorLayer* layer = nullptr);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  GraphBuilder& graph() { return graph_; }
  const GraphBuilder& graph() const { return graph_; }
  ValueTable& values() { return values_; }
  NumberRecorder& numbers() { return numbers_; }
  const std::shared_ptr<Symbols>& symbols() const { return graph_.trace().symbols; }
  /// What operators go through before they are recorded, or null.
  OperatorLayer* layer() const { return layer_; }
  PointerLock* memory_lock() const { return values_.memory_lock(); }

  /// From here on `observer`, which outlives this, sees calls. Null: nobody does.
  void observe(CallObserver* observer) { observer_ = observer; }
  CallObserver* observer() const { return observer_; }

  /// Makes `tensor` the graph's next input.
  GraphValue& add_placeholder(PlaceholderKind kind, const std::string& target,
                              const at::Tensor& tensor);

  /// `tensor` as this graph has it. Throws `CaptureError` for one that was traced
  /// for another graph.
  at::Tensor local(const at::Tensor& tensor) { return surroundings_.local(tensor); }
  /// The value `tensor` stands for; a plain tensor that the graph does not know becomes a
  /// constant.
  GraphValue& value_of(const at::Tensor& tensor) { return values_.value_of(local(tensor)); }

  /// While it lives, a program that is captured again calls `aten::empty`: what that gives is a
  /// node's result, and no C++ code writes to its memory.
  class EmptyOfProgram {
   public:
    explicit EmptyOfProgram(Recorder& recorder) : recorder_(recorder) {
      recorder.holds_empties_ = false;
    }
    ~EmptyOfProgram() { recorder_.holds_empties_ = recorder_.layer_ == nullptr; }
    EmptyOfProgram(const EmptyOfProgram&) = delete;
    EmptyOfProgram& operator=(const EmptyOfProgram&) = delete;

   private:
    Recorder& recorder_;
  };

  /// Records a call of an operator: arguments on the stack, results in their place.
  void call(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  /// Appends a call of a higher-order operator, whose name in the graph is made from
  /// `name`. `results` are what it gave in this run: tensors with their layouts,
  /// numbers whose expressions they are known by, and None. They are returned as
  /// values of this graph.
  Values call_higher_order(const std::string& name, std::vector<NamedArgument> inputs,
                           const Values& results);
  /// Appends a call of a Python function that is no operator. `result` is what it gave in
  /// this run: a tensor with its layout, or None. It is returned as a value of this graph.
  Value call_function(const std::string& target, std::vector<NamedArgument> inputs,
                      const Value& result);
  /// An argument that calls the subgraph, which is finished when this graph is. Its
  /// name is made from `prefix`: `true_graph_0`, `true_graph_1`, ...
  Argument subgraph_argument(const std::string& prefix, PendingSubgraph subgraph);

  /// Ends the graph with a copy of `value` into the buffer `name`, which forward must not
  /// use any more.
  void write_back(const std::string& name, const at::Tensor& value);

  /// Throws `CaptureError` if forward used the random generator since the last operator
  /// and is captured strictly.
  Trace take_trace();

 private:
  /// A call of an operator that is being recorded: what it was given, as this graph has it, and
  /// the same in this run.
  struct OperatorCall {
    const c10::OperatorHandle& op;
    const OperatorFacts& facts;
    std::vector<c10::IValue> arguments;
    std::vector<c10::IValue> concrete{};
    bool is_of_libtorch = true;
    bool has_data_sizes = false;
    bool is_symbolic = false;  ///< whether an argument is, or has symbolic sizes
  };
  /// Layouts of an operator's tensors, lists flattened; none if all sizes are plain.
  using Layouts = std::vector<SymbolicLayout>;
  class RandomUse;
  class ResultNames;

  // Calls that are not recorded as others are.
  bool answer(const OperatorCall& call, torch::jit::Stack& stack);
  c10::IValue item_of(const at::Tensor& argument);
  void record_assertion(const OperatorCall& call);

  void refuse_random_use(const std::string& where) const;
  void refuse_other_layouts(const OperatorCall& call);
  void take_arguments(OperatorCall& call);
  bool gives_memory(const OperatorCall& call) const;
  void compute_for_pointers(const OperatorCall& call);
  torch::jit::Stack run(const OperatorCall& call);
  /// Remembers results that are an argument itself, under another name.
  void note_returned_arguments(const OperatorCall& call, c10::ArrayRef<c10::IValue> results);
  std::optional<Layouts> declare(const OperatorCall& call, torch::jit::Stack& results);
  Layouts infer_layouts(const OperatorCall& call, const torch::jit::Stack& results);
  bool is_recorded(const OperatorCall& call, const torch::jit::Stack& results) const;
  void record(const OperatorCall& call, torch::jit::Stack& results,
              std::optional<Layouts> declared);
  std::vector<NamedArgument> inputs_of(const OperatorCall& call);

  OperatorLayer* const layer_;
  Surroundings& surroundings_;
  CallObserver* observer_ = nullptr;
  GraphBuilder graph_;
  ValueTable values_;
  NumberRecorder numbers_;
  bool holds_empties_;                 ///< until they are used: C++ code may write to their memory
  std::optional<RandomWatch> random_;  ///< when it is captured strictly
  /// Concrete tensors that several values of the graph share.
  std::vector<WeakTensor> returned_;
  std::unordered_map<std::string, std::size_t> subgraphs_;
};

}  // namespace roundtrip
