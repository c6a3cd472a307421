#include "export/torchscript/size_rounding.h"

#include "export/tracing/sym_node.h"

namespace roundtrip::size_numbers {

using c10::IValue;

namespace {

/// The operands of the division that gave the number: rounding it is integer division,
/// which is exact.
Result rounded_quotient(const Call& call, bool up) {
  const jit::Node& division = *call.node.input(0)->node();
  if (division.kind() != c10::aten::div || division.inputs().size() != 2) return std::nullopt;
  const IValue& left = call.frame.get(*division.input(0));
  const IValue& right = call.frame.get(*division.input(1));
  const auto is_whole = [](const IValue& number) { return number.isInt() || number.isSymInt(); };
  if (!is_whole(left) || !is_whole(right)) return std::nullopt;
  if (!up) return apply(&c10::SymNodeImpl::floordiv, left, right);
  if (!left.isSymInt()) return std::nullopt;
  const IValue quotient =
      apply(&c10::SymNodeImpl::floordiv, number_of(sym_node_of(left)->neg()), right);
  return number_of(sym_node_of(quotient)->neg());
}

Result truncated(const IValue& number) {
  return number_of(as_sym_node(sym_node_of(number))->trunc());
}

}  // namespace

Result to_integer(const Call& call) {
  const IValue& number = call.numbers[0];
  if (number.isSymInt()) return number;
  if (number.isSymBool()) {
    const c10::SymNode node = sym_node_of(number);
    return number_of(node->sym_ite(node->wrap_int(1), node->wrap_int(0)));
  }
  if (!is_natural(number)) return truncated(number);
  const Result quotient = rounded_quotient(call, /*up=*/false);
  return quotient ? quotient : truncated(number);
}

Result floor_number(const Call& call) {
  if (call.on_tensors() || !call.numbers[0].isSymFloat()) return std::nullopt;
  const Result quotient = rounded_quotient(call, /*up=*/false);
  if (quotient) return quotient;
  if (is_natural(call.numbers[0])) return truncated(call.numbers[0]);
  return number_of(sym_node_of(call.numbers[0])->floor());
}

Result ceil_number(const Call& call) {
  if (call.on_tensors() || !call.numbers[0].isSymFloat()) return std::nullopt;
  const Result quotient = rounded_quotient(call, /*up=*/true);
  if (quotient) return quotient;
  return number_of(sym_node_of(call.numbers[0])->ceil());
}

}  // namespace roundtrip::size_numbers
