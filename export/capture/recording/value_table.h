#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "export/capture/recording/custom_functions.h"
#include "export/capture/recording/graph_builder.h"
#include "export/capture/recording/surroundings.h"
#include "export/capture/sandbox/state_guard.h"
#include "export/fake/pointer_lock.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {

/// Which value of the graph a tensor stands for: a traced one by itself, a plain one by its
/// identity.
class ValueTable {
 public:
  /// `follows_functions`: a model's C++ code may have a `torch::autograd::Function`.
  ValueTable(GraphBuilder& graph, Surroundings& surroundings, bool follows_functions);
  ValueTable(const ValueTable&) = delete;
  ValueTable& operator=(const ValueTable&) = delete;

  /// The value `tensor` stands for; a plain tensor that the graph does not know becomes a
  /// constant, and memory of `aten::empty` what it turned out to be.
  GraphValue& value_of(const at::Tensor& tensor);
  /// True for a plain tensor that came up in this graph.
  bool knows(const at::Tensor& tensor) const;
  /// From here on a plain tensor stands for the value.
  void set_value(const at::Tensor& plain, GraphValue& value);

  /// The tensor that stands for `value`, with symbolic sizes if `layout` has any.
  at::Tensor traced(const at::Tensor& concrete, GraphValue& value, const SymbolicLayout* layout);
  /// The same for a new value, named after `candidate`.
  at::Tensor define_traced(const at::Tensor& concrete, const std::string& candidate,
                           const SymbolicLayout* layout);
  /// From here on the tensor stands for another value, of the same sizes.
  void stand_for(TracedTensor& tensor, GraphValue& value);
  /// From here on a tensor that an operator wrote to stands for a new value, named after
  /// `candidate`.
  GraphValue& define_written(const at::Tensor& tensor, const std::string& candidate,
                             const SymbolicLayout* layout);

  /// Values of tensors that are not forward's own, before and after it wrote to them.
  void mark_outside(GraphValue& value) { outside_.insert(&value); }
  bool is_outside(GraphValue& value) const { return outside_.contains(&value); }

  /// Takes what `aten::empty` gave: memory that C++ code may fill itself, as `torch::tensor`
  /// does. When it is used it becomes a constant if it was filled, else the node `call`.
  void hold_empty(const at::Tensor& tensor, NodeFields call);
  /// True for a tensor in such memory that no node has used.
  bool is_held_empty(const at::Tensor& tensor) const;

  /// From here on memory of the graph's inputs, and of tensors that forward makes, is locked but
  /// for operators. `lock` outlives this.
  void lock_memory(PointerLock* lock);
  PointerLock* memory_lock() const { return memory_lock_; }

  /// A tensor that somebody still holds when forward's results are gone.
  struct Kept {
    at::Tensor tensor;
    const GraphValue* value;  ///< null if no node used it
  };
  /// Those of this graph. Nothing may be recorded any more.
  std::vector<Kept> take_kept();

  /// To be called when forward has returned.
  void finish() { functions_.finish(graph_.trace()); }

 private:
  struct Empty {
    at::Tensor tensor;
    NodeFields call;
    bool grad_mode;
  };
  using Empties = std::unordered_map<const c10::StorageImpl*, Empty>;

  Empties::iterator find_empty(const at::Tensor& tensor);
  GraphValue& define_empty(Empty empty);
  GraphValue& take_plain(const at::Tensor& tensor);
  void set_layout(TracedTensor& tensor, const SymbolicLayout* layout);

  GraphBuilder& graph_;
  Surroundings& surroundings_;
  const bool follows_functions_;
  CustomFunctions functions_;
  PointerLock* memory_lock_ = nullptr;
  std::unordered_set<const GraphValue*> outside_;
  /// Plain tensors the graph knows, by identity; `kept_` keeps them alive, so
  /// that no other tensor takes their address.
  std::unordered_map<const c10::TensorImpl*, GraphValue*> plain_;
  std::vector<at::Tensor> kept_;
  Empties empties_;
  std::vector<WeakTensor> made_;  ///< all tensors that forward got or made itself
};

}  // namespace roundtrip
