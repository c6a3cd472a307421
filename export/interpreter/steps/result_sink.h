#pragma once

#include <roundtrip/graph.h>

#include <cstdint>
#include <vector>

#include "export/interpreter/steps/frame.h"
#include "export/interpreter/steps/scope.h"

namespace roundtrip {

/// Where one result of a step goes: a register, nowhere because nobody uses it, or
/// for a `Tensor[]` a register for each element.
class ResultSink {
 public:
  /// Defines the values that `output` names. Throws `ProgramError` for outputs
  /// that name no value of a kind a step gives.
  ResultSink(const Argument& output, Scope& scope);

  void store(Frame& frame, c10::IValue result) const {
    if (is_list_) {
      store_list(frame, result);
    } else if (registers_.front() != kUnused) {
      frame.registers[registers_.front()] = std::move(result);
    }
  }

  /// How many values of a flat result this takes.
  std::size_t num_values() const { return registers_.size(); }
  /// Stores the next `num_values()` values.
  void store_flat(Frame& frame, std::vector<c10::IValue>::iterator& values) const;

 private:
  static constexpr Register kUnused = UINT32_MAX;

  void store_list(Frame& frame, const c10::IValue& result) const;

  bool is_list_ = false;
  std::vector<Register> registers_;
};

}  // namespace roundtrip
