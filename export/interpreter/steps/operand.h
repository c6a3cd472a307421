#pragma once

#include <ATen/core/function_schema.h>
#include <roundtrip/graph.h>

#include <functional>
#include <string>
#include <vector>

#include "export/interpreter/steps/frame.h"
#include "export/interpreter/steps/scope.h"

namespace roundtrip {

/// Where a step's argument comes from: a constant boxed when the graph was
/// compiled, a register, or a function of registers (a list of sizes, say).
class Operand {
 public:
  using Function = std::function<c10::IValue(const Frame&)>;

  static Operand constant(c10::IValue value);
  /// With `last_use` the value leaves the register, so that it is freed when the
  /// step is done with it.
  static Operand from_register(Register index, bool last_use);
  static Operand computed(Function function);

  c10::IValue load(Frame& frame) const {
    switch (kind_) {
      case Kind::kConstant:
        return constant_;
      case Kind::kRegister:
        return frame.registers[register_];
      case Kind::kLastUse:
        return std::move(frame.registers[register_]);
      case Kind::kComputed:
        break;
    }
    return function_(frame);
  }

 private:
  enum class Kind { kConstant, kRegister, kLastUse, kComputed };

  Kind kind_ = Kind::kConstant;
  Register register_ = 0;
  c10::IValue constant_;
  Function function_;
};

/// The operand for an operator's formal argument, converted as Python's argument
/// parser would: an int for a float or a Tensor, one int for `int[2]`, ...
/// Throws `ProgramError` naming the formal argument if what is given cannot be it.
Operand make_operand(const Argument& given, const c10::Argument& formal, const Scope& scope);

/// The operand for the default of a formal argument; throws `ProgramError` if it
/// has none.
Operand default_operand(const c10::Argument& formal);

/// Operands of a higher-order operator, which has no schema: each value of a
/// list of tensors or numbers becomes one operand. Throws `ProgramError` for
/// arguments that are no tensors, numbers or None.
void append_operands(const Argument& given, const Scope& scope, std::vector<Operand>& operands);

}  // namespace roundtrip
