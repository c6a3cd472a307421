#pragma once

#include <roundtrip/decompositions.h>

#include <unordered_set>

#include "export/capture/recording/operator_layer.h"

namespace roundtrip {

/// Makes of a program's operators functional, simpler ones. Calls come on functional
/// tensors first: composite operators are taken apart there, writes and views are
/// replaced by functionalization. What that calls, on the traced tensors behind, goes
/// through the table's rules, and what no rule replaces is recorded.
class DecomposingLayer final : public OperatorLayer {
 public:
  explicit DecomposingLayer(const DecompositionTable& table) : table_(table) {}

  void call(Recorder& recorder, const c10::OperatorHandle& op, torch::jit::Stack& stack) override;
  at::Tensor below(const at::Tensor& tensor) override;
  at::Tensor above(const at::Tensor& tensor) override;

 private:
  void call_in_vmap(Recorder& recorder, const c10::OperatorHandle& op, torch::jit::Stack& stack);
  void call_on_functional(Recorder& recorder, const c10::OperatorHandle& op,
                          torch::jit::Stack& stack);
  void call_rule(const DecompositionTable::Rule& rule, const c10::OperatorHandle& op,
                 torch::jit::Stack& stack);
  void call_parts(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  void call_on_traced(Recorder& recorder, const c10::OperatorHandle& op, torch::jit::Stack& stack);

  const DecompositionTable& table_;
  bool below_ = false;                               ///< functionalization is on the way
  std::unordered_set<c10::OperatorName> replacing_;  ///< whose rules are under way
};

}  // namespace roundtrip
