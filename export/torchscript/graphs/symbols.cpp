#include "export/torchscript/graphs/symbols.h"

#include <unordered_map>

namespace roundtrip {
namespace {

using c10::IValue;
using c10::TypeKind;

/// A number, symbolic or not, as an operand beside `other`.
c10::SymNode operand(const IValue& number, const c10::SymNode& other) {
  if (number.isBool()) return other->wrap_bool(number.toBool());
  if (number.isInt()) return other->wrap_int(number.toInt());
  if (number.isDouble()) return other->wrap_float(number.toDouble());
  return sym_node_of(number);
}

}  // namespace

bool is_number_type(const c10::Type& type) {
  switch (type.kind()) {
    case TypeKind::BoolType:
    case TypeKind::IntType:
    case TypeKind::FloatType:
    case TypeKind::NumberType:
      return true;
    case TypeKind::OptionalType:
      return is_number_type(*type.containedTypes()[0]);
    default:
      return false;
  }
}

bool is_size_number(const IValue& value) {
  return value.isSymInt() || value.isSymFloat() || value.isSymBool();
}

c10::SymNode sym_node_of(const IValue& number) {
  if (number.isSymInt()) return number.toSymInt().toSymNode();
  if (number.isSymFloat()) return number.toSymFloat().toSymNodeImpl();
  return number.toSymBool().toSymNodeImpl();
}

const SymbolOperator* find_symbol_operator(c10::Symbol kind) {
  using Impl = c10::SymNodeImpl;
  using Operands = SymbolOperator::Operands;
  namespace aten = c10::aten;
  static const std::unordered_map<c10::Symbol, SymbolOperator> kTable = {
      {aten::add, {&Impl::add}},
      {aten::sub, {&Impl::sub}},
      {aten::mul, {&Impl::mul}},
      {aten::floordiv, {&Impl::floordiv, Operands::integers}},
      {aten::floor_divide, {&Impl::floordiv, Operands::integers}},
      {aten::remainder, {&Impl::mod, Operands::integers}},
      {c10::prim::min, {&Impl::sym_min}},
      {c10::prim::max, {&Impl::sym_max}},
      {aten::eq, {&Impl::eq}},
      {aten::ne, {&Impl::ne}},
      {aten::lt, {&Impl::lt}},
      {aten::le, {&Impl::le}},
      {aten::gt, {&Impl::gt}},
      {aten::ge, {&Impl::ge}},
      {aten::__and__, {&Impl::sym_and, Operands::conditions}},
      {aten::__or__, {&Impl::sym_or, Operands::conditions}},
  };
  const auto found = kTable.find(kind);
  return found == kTable.end() ? nullptr : &found->second;
}

c10::SymNode combined(SymbolOperator::Method method, const IValue& left, const IValue& right) {
  const c10::SymNode known = sym_node_of(is_size_number(left) ? left : right);
  const c10::SymNode first = operand(left, known);
  return (first.get()->*method)(operand(right, known));
}

}  // namespace roundtrip
