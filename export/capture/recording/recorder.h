#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "export/capture/recording/custom_functions.h"
#include "export/capture/recording/operator_layer.h"
#include "export/capture/sandbox/pointer_lock.h"
#include "export/capture/sandbox/random_watch.h"
#include "export/capture/sandbox/state_guard.h"
#include "export/capture/trace/trace.h"
#include "export/operators/facts.h"
#include "export/tracing/node_metadata.h"
#include "export/tracing/sym_node.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {

/// Turns the operator calls of one run of forward into a Trace: runs each on the
/// twins of its arguments and appends a node. One run, one thread.
class Recorder : public ArithmeticRecorder {
 public:
  /// Without a layer operators are called by a model's C++ code, which may fill memory of
  /// `aten::empty` itself; with one by the graph of a program, whose assertions on tensors
  /// stay as they are and whose modes are part of what the layer makes of them. The layer
  /// outlives the recorder.
  Recorder(const ModuleState& state, std::shared_ptr<Symbols> symbols,
           OperatorLayer* layer = nullptr);
  virtual ~Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// What operators go through before they are recorded, or null.
  OperatorLayer* layer() const { return layer_; }

  /// The number of the graph: its traced tensors bear it.
  std::uint64_t graph() const { return graph_; }

  /// Makes `tensor` the graph's next input and returns its name.
  std::string add_input(const at::Tensor& tensor);

  /// Makes a number the graph's next input and returns its name.
  std::string add_number_input(const SymbolicValue& number);

  /// The tensor that stands for the value `value`, with symbolic sizes if `layout` has any.
  at::Tensor traced(const at::Tensor& twin, const std::string& value, const SymbolicLayout* layout);

  /// From here on the tensor stands for another value, of the same sizes.
  void stand_for(TracedTensor& tensor, const std::string& value);

  /// Name of the value `tensor` stands for; a plain tensor that the graph does
  /// not know becomes a constant.
  std::string value_of(const at::Tensor& argument);

  /// `tensor` as this graph has it. Throws `CaptureError` for one that was traced
  /// for another graph.
  virtual at::Tensor local(const at::Tensor& tensor);

  /// Where the graph has the number that `name` names.
  NumberPlace number_place(const std::string& name) const { return {graph_, name, "", "", 0}; }

  /// A new symbol for a size that data decides. `most` bounds it; without it, nothing does.
  c10::SymInt new_size(std::int64_t value, std::optional<std::int64_t> most);
  /// A new symbol for an integer that data decides.
  c10::SymInt new_number(std::int64_t value);

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

  /// Leaves out a name for nodes that Python makes of `candidate` and drops again.
  void reserve_name(const std::string& candidate) { trace_.names.create(candidate); }

  /// Appends a call of a higher-order operator, whose name in the graph is made from
  /// `name`. `results` are what it gave in this run: tensors with their layouts,
  /// numbers whose expressions they are known by, and None. They are returned as
  /// values of this graph.
  Values call_higher_order(const std::string& name, std::vector<schema::NamedArgument> inputs,
                           const Values& results);
  /// Appends a call of a Python function that is no operator. `result` is what it gave in
  /// this run: a tensor with its layout, or None. It is returned as a value of this graph.
  Value call_function(const std::string& target, std::vector<schema::NamedArgument> inputs,
                      const Value& result);
  /// An argument that calls the subgraph, which is finished when this graph is. Its
  /// name is made from `prefix`: `true_graph_0`, `true_graph_1`, ...
  schema::Argument subgraph_argument(const std::string& prefix, PendingSubgraph subgraph);

  /// A symbolic number as an argument; the first use of a size makes its node.
  virtual schema::Argument number_argument(const c10::SymNode& number);

  NumberPlace record_arithmetic(const std::string& target,
                                const std::vector<c10::SymNode>& operands,
                                const SymbolicValue& result) override;

  /// Ends the graph with a copy of `value` into the buffer `name`, which forward must not
  /// use any more.
  void write_back(const std::string& name, const at::Tensor& value);

  /// From here on memory of the model's tensors, and of those that forward makes, is
  /// locked but for operators. `lock` outlives this.
  void lock_memory(PointerLock* lock);
  PointerLock* memory_lock() const { return memory_lock_; }

  /// Names of parameters and buffers that were given other memory.
  std::vector<std::string> with_other_memory() const { return guard_.with_other_memory(); }

  /// A tensor that somebody still holds when forward's results are gone.
  struct Kept {
    at::Tensor tensor;
    std::string value;  ///< its name; empty if no node used it
  };
  /// Those of this graph. It must not record any more.
  std::vector<Kept> take_kept();

  /// Records a call of an operator: arguments on the stack, results in their place.
  void call(const c10::OperatorHandle& op, torch::jit::Stack& stack);

  const Trace& trace() const { return trace_; }
  ModeTracker& modes() { return modes_; }
  const std::shared_ptr<Symbols>& symbols() const { return trace_.symbols; }

  /// Throws `CaptureError` if forward used the random generator since the last operator
  /// and is captured strictly.
  Trace take_trace();

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
    schema::Node node;
    bool grad_mode;
  };

  /// A call of an operator that is being recorded.
  struct OperatorCall {
    const c10::OperatorHandle& op;
    const OperatorFacts& facts;
    std::vector<c10::IValue> arguments;
    bool is_of_libtorch = true;
    bool has_data_sizes = false;
  };

  std::string settle(Empty empty);
  /// Makes the arguments those that this graph has, with names of values if it is to record them.
  void take_arguments(std::vector<c10::IValue>& arguments, bool with_names);
  std::string name_of(const at::Tensor& local);
  /// Whether a tensor of the model goes by this name.
  bool is_taken(const std::string& target) const;
  Metadata new_metadata(const std::string& target);
  void append(schema::Node node, bool grad_mode, bool writes = false);
  std::string append_number(schema::Node node, const std::string& candidate, SymbolicValue value,
                            std::vector<SymbolBinding> bindings = {});
  /// Answers a call that is not recorded as others are; false for one that is.
  bool answer(const OperatorCall& call, torch::jit::Stack& stack);
  c10::IValue item_of(const at::Tensor& argument);
  void record_assertion(const OperatorCall& call);
  std::vector<SymbolicLayout> find_layouts(const OperatorCall& call,
                                           const torch::jit::Stack& results);
  c10::SymInt new_size_up_to(std::int64_t value, const c10::SymInt& most);
  void bind_new_symbols(TracedNode& node);
  void set_layout(TracedTensor& tensor, const SymbolicLayout* layout);
  void declare(const OperatorCall& call, torch::jit::Stack& results);
  void name_results(const OperatorCall& call, torch::jit::Stack& results, schema::Node& node);
  schema::Argument name_result(c10::IValue& result, const std::string& candidate,
                               const SymbolicLayout*& layout);
  schema::Argument name_written(const at::Tensor& argument, const std::string& candidate,
                                const SymbolicLayout* layout);
  schema::Argument name_number(c10::IValue& number, const std::string& candidate);
  at::Tensor define_traced(const at::Tensor& twin, const std::string& candidate,
                           const SymbolicLayout* layout);
  std::string define(const at::Tensor& twin, const std::string& candidate);
  class RandomUse;
  void refuse_random_use(const std::string& where) const;
  void refuse_other_layouts(const OperatorCall& call);
  /// Remembers results that are an argument itself, under another name.
  void note_returned_arguments(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> twins,
                               c10::ArrayRef<c10::IValue> results);
  void prepare_writes(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> arguments);
  void run(const c10::OperatorHandle& op, torch::jit::Stack& twins);
  void record(const OperatorCall& call, torch::jit::Stack& results);
  void hold_empty(const OperatorCall& call, const at::Tensor& tensor);

  const std::uint64_t graph_;
  OperatorLayer* const layer_;
  bool holds_empties_;  ///< until they are used: C++ code may write to their memory
  Trace trace_;
  StateGuard guard_;
  /// Symbols of data that the call under way made.
  std::vector<Expr> new_symbols_;
  /// Layouts that an operator of the user's declares for the call under way.
  std::optional<std::vector<SymbolicLayout>> declared_;
  ModeTracker modes_;
  CustomFunctions functions_;
  NodeMetadata metadata_;
  std::optional<RandomWatch> random_;  ///< when it is captured strictly
  PointerLock* memory_lock_ = nullptr;
  /// Values of tensors that are not forward's own, before and after it wrote to them.
  std::unordered_set<std::string> outside_;
  /// Twins that several values of the graph have in common.
  std::vector<WeakTensor> returned_;
  /// Plain tensors the graph knows, by identity; `kept_` keeps them alive, so
  /// that no other tensor takes their address.
  std::unordered_map<const c10::TensorImpl*, std::string> plain_;
  std::vector<at::Tensor> kept_;
  std::unordered_map<const c10::StorageImpl*, Empty> empties_;
  std::vector<WeakTensor> made_;  ///< all tensors that forward got or made itself
  std::unordered_map<const c10::TensorImpl*, std::string> declared_constants_;
  std::size_t constants_ = 0;
  std::unordered_map<std::string, std::size_t> subgraphs_;
};

}  // namespace roundtrip
