#include "export/torchscript/size_numbers.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "export/capture/recording/recorder.h"
#include "export/capture/recording/recorder_handler.h"
#include "export/symbolic/expr/algebra.h"
#include "export/torchscript/size_calls.h"
#include "export/torchscript/size_rounding.h"

namespace roundtrip {
namespace {

using namespace size_numbers;
using c10::IValue;

/// Whether the operator takes these: arithmetic on truths gives no symbol, logic on other numbers
/// neither.
bool takes(SymbolOperator::Operands operands, const jit::Stack& numbers) {
  const auto any = [&](bool (*is)(const IValue&)) {
    return std::any_of(numbers.begin(), numbers.end(), is);
  };
  switch (operands) {
    case SymbolOperator::Operands::conditions:
      return std::all_of(numbers.begin(), numbers.end(), is_truth);
    case SymbolOperator::Operands::integers:
      return !any(is_truth) && !any(is_real);
    default:
      return !any(is_truth);
  }
}

/// The third number is that of `add(a, b, alpha)` of tensors that hold sizes.
Result calculate(const Call& call, const SymbolOperator& op) {
  if (!takes(op.operands, call.numbers)) return std::nullopt;
  if (call.numbers.size() > 2 && call.numbers[2] != IValue(1)) return std::nullopt;
  return apply(op.method, call.numbers.at(0), call.numbers.at(1));
}

/// A quotient of tensors is a float of less precision than a number's, unless it is rounded.
Result divide(const Call& call) {
  if (!call.on_tensors()) return calculate(call, {&c10::SymNodeImpl::truediv});
  if (call.numbers.size() != 3 || !call.numbers[2].isString()) return std::nullopt;
  const bool floors = call.numbers[2].toStringRef() == "floor" ||
                      (is_natural(call.numbers[0]) && is_natural(call.numbers[1]));
  if (!floors) return std::nullopt;
  return apply(&c10::SymNodeImpl::floordiv, call.numbers[0], call.numbers[1]);
}

/// `int ** int` is a float in TorchScript, except where the operator says otherwise.
Result raise_to_power(const Call& call) {
  const IValue& exponent = call.numbers.at(1);
  if (call.on_tensors() || is_truth(call.numbers[0]) || is_size_number(exponent)) {
    return std::nullopt;
  }
  if (exponent.isDouble()) {
    const c10::SymNode base = sym_node_of(call.numbers[0]);
    return number_of(base->sym_float()->pow(base->wrap_float(exponent.toDouble())));
  }
  if (!exponent.isInt() || exponent.toInt() < 0) return std::nullopt;
  IValue result = apply(&c10::SymNodeImpl::pow, call.numbers[0], exponent);
  if (!call.gives(c10::TypeKind::FloatType) || !result.isSymInt()) return result;
  return number_of(sym_node_of(result)->sym_float());
}

Result negate_number(const Call& call) {
  if (is_truth(call.numbers[0])) return std::nullopt;
  return number_of(sym_node_of(call.numbers[0])->neg());
}

Result absolute(const Call& call) {
  const IValue& number = call.numbers[0];
  if (is_truth(number)) return std::nullopt;
  if (is_natural(number)) return number;
  return apply(&c10::SymNodeImpl::sym_max, number, *negate_number(call));
}

Result negate_condition(const Call& call) {
  if (!is_truth(call.numbers[0])) return std::nullopt;
  return number_of(sym_node_of(call.numbers[0])->sym_not());
}

Result to_truth(const Call& call) {
  const IValue& number = call.numbers[0];
  return is_truth(number) ? number : apply(&c10::SymNodeImpl::ne, number, 0);
}

Result to_real(const Call& call) {
  if (is_truth(call.numbers[0])) return std::nullopt;
  return number_of(sym_node_of(call.numbers[0])->sym_float());
}

Result same_number(const Call& call) {
  return call.numbers[0];
}

Result root(const Call& call) {
  const IValue& number = call.numbers[0];
  if (call.on_tensors() || is_truth(number)) return std::nullopt;
  return apply("torch._sym_sqrt", number, SymbolType::real, square_root(expr_of(number)));
}

using Rule = Result (*)(const Call&);

/// Of operators that are more than a method of symbols.
const std::unordered_map<std::string, Rule>& rules() {
  static const std::unordered_map<std::string, Rule> kTable = {
      {"aten::div", divide},
      {"aten::pow", raise_to_power},
      {"aten::__not__", negate_condition},
      {"aten::neg", negate_number},
      {"prim::abs", absolute},
      {"aten::sqrt", root},
      {"aten::floor", floor_number},
      {"aten::ceil", ceil_number},
      {"aten::Bool", to_truth},
      {"aten::Float", to_real},
      {"aten::Int", to_integer},
      {"aten::IntImplicit", to_integer},
      {"aten::ScalarImplicit", same_number},
      {"aten::item", same_number},
      {"aten::detach", same_number},
      {"prim::NumToTensor", same_number},
  };
  return kTable;
}

/// The number that a tensor of the model's constants holds, where it is a whole one.
IValue as_number(const IValue& value, const KnownTensors& known) {
  if (!value.isTensor() || !known.holds(value.toTensor())) return value;
  const at::Tensor& tensor = value.toTensor();
  return tensor.scalar_type() == at::kLong ? IValue(known.number(tensor)) : value;
}

bool is_operand(const IValue& value) {
  return value.isScalar() || value.isString() || value.isNone();
}

}  // namespace

bool run_on_size_numbers(const jit::Node& node, ScriptFrame& frame, const KnownTensors& known) {
  if (node.outputs().size() != 1 || node.inputs().empty()) return false;
  const SymbolOperator* op = find_symbol_operator(node.kind());
  const auto rule = rules().find(node.kind().toQualString());
  if (op == nullptr && rule == rules().end()) return false;
  Call call{node, frame, frame.get(node.inputs())};
  for (IValue& number : call.numbers) number = as_number(number, known);
  if (std::none_of(call.numbers.begin(), call.numbers.end(), is_size_number)) return false;
  if (!std::all_of(call.numbers.begin(), call.numbers.end(), is_operand)) return false;
  Result result = op != nullptr ? calculate(call, *op) : rule->second(call);
  if (!result) return false;
  frame.set(*node.output(), std::move(*result));
  return true;
}

bool is_one_symbol(const IValue& left, const IValue& right) {
  return is_size_number(left) && is_size_number(right) &&
         sym_node_of(left).get() == sym_node_of(right).get();
}

IValue plain_number(const IValue& number) {
  const c10::SymNode node = sym_node_of(number);
  if (number.isSymInt()) return node->guard_int(__FILE__, __LINE__);
  if (number.isSymBool()) return node->guard_bool(__FILE__, __LINE__);
  return node->guard_float(__FILE__, __LINE__);
}

bool depends_on_data(const IValue& number) {
  return is_size_number(number) && current_recorder()->symbols()->env.has_unbacked(expr_of(number));
}

bool is_undecided(const IValue& condition) {
  return condition.isSymBool() && depends_on_data(condition) &&
         !current_recorder()->symbols()->env.statically_known(expr_of(condition));
}

}  // namespace roundtrip
