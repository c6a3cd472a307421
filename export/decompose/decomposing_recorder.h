#pragma once

#include <roundtrip/decompositions.h>

#include <unordered_set>

#include "export/capture/recorder.h"

namespace roundtrip {

/// Records a program's operators as functional, simpler ones. Calls come on functional
/// tensors first: composite operators are taken apart there, writes and views are
/// replaced by functionalization. What that calls, on the traced tensors behind, goes
/// through the table's rules, and what no rule replaces is recorded.
class DecomposingRecorder final : public Recorder {
 public:
  DecomposingRecorder(const ModuleState& state, std::shared_ptr<Symbols> symbols,
                      const DecompositionTable& table)
      : Recorder(state, std::move(symbols), Caller::program), table_(table) {}

  void call(const c10::OperatorHandle& op, torch::jit::Stack& stack) override;

 private:
  void call_on_functional(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  void call_rule(const DecompositionTable::Rule& rule, const c10::OperatorHandle& op,
                 torch::jit::Stack& stack);
  void call_on_traced(const c10::OperatorHandle& op, torch::jit::Stack& stack);

  const DecompositionTable& table_;
  bool below_ = false;                               ///< functionalization is on the way
  std::unordered_set<c10::OperatorName> replacing_;  ///< whose rules are under way
};

}  // namespace roundtrip
