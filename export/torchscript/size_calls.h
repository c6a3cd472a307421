#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include <optional>
#include <string>

#include "export/torchscript/graphs/frame.h"
#include "export/torchscript/size_numbers.h"
#include "export/tracing/sym_node.h"

/// Calls of operators on numbers that dynamic sizes decide, and what their rules are made of.
namespace roundtrip::size_numbers {

/// A call of an operator on numbers, at least one of them symbolic.
struct Call {
  const jit::Node& node;
  const ScriptFrame& frame;
  jit::Stack numbers;

  std::string name() const { return node.kind().toQualString(); }
  bool gives(c10::TypeKind kind) const { return node.output()->type()->kind() == kind; }
  bool on_tensors() const { return node.input(0)->type()->kind() == c10::TypeKind::TensorType; }
};
/// Nothing if no program can hold the call's result as a number.
using Result = std::optional<c10::IValue>;

/// Of a symbolic number.
const Expr& expr_of(const c10::IValue& number);
c10::IValue number_of(const c10::SymNode& node);

bool is_truth(const c10::IValue& number);
bool is_real(const c10::IValue& number);
/// Not negative, whatever the sizes are.
bool is_natural(const c10::IValue& number);

/// Of two numbers, at least one of them symbolic.
c10::IValue apply(SymbolOperator::Method method, const c10::IValue& left, const c10::IValue& right);
/// A function of one number for which LibTorch's symbolic numbers have no method.
c10::IValue apply(const char* target, const c10::IValue& number, SymbolType type, Expr expr);

}  // namespace roundtrip::size_numbers
