#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <c10/core/SymNodeImpl.h>

namespace roundtrip {

/// Whether a value of this type is a bool, int or float, or may be one.
bool is_number_type(const c10::Type& type);

/// Whether a number is a symbol (SymInt, SymFloat, SymBool), as one that dynamic sizes decide is.
bool is_size_number(const c10::IValue& value);
/// Of such a number.
c10::SymNode sym_node_of(const c10::IValue& number);

/// What one of TorchScript's operators on two numbers is where they are symbols.
struct SymbolOperator {
  using Method = c10::SymNode (c10::SymNodeImpl::*)(const c10::SymNode&);
  enum class Operands { numbers, integers, conditions };

  Method method;
  Operands operands = Operands::numbers;
};

/// By a node's kind; null for an operator of another kind.
const SymbolOperator* find_symbol_operator(c10::Symbol kind);

/// The method's result for two numbers, at least one of them a symbol.
c10::SymNode combined(SymbolOperator::Method method, const c10::IValue& left,
                      const c10::IValue& right);

}  // namespace roundtrip
