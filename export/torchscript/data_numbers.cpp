#include "export/torchscript/data_numbers.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>

#include <optional>
#include <string>
#include <unordered_map>

#include "export/torchscript/graphs/symbols.h"

namespace roundtrip {
namespace {

using at::Tensor;
using c10::IValue;
using c10::ScalarType;

/// bool, int64 or float64: what Python's bool, int and float are as tensors.
ScalarType number_type(const IValue& number) {
  if (number.isTensor()) {
    const ScalarType type = number.toTensor().scalar_type();
    if (type == at::kBool) return at::kBool;
    return c10::isIntegralType(type, /*includeBool=*/false) ? at::kLong : at::kDouble;
  }
  if (number.isBool() || number.isSymBool()) return at::kBool;
  return number.isInt() || number.isSymInt() ? at::kLong : at::kDouble;
}

Tensor converted(const Tensor& tensor, ScalarType type) {
  return tensor.scalar_type() == type ? tensor : tensor.to(type);
}

Tensor as_tensor(const IValue& number, ScalarType type) {
  if (number.isTensor()) return converted(number.toTensor(), type);
  return at::scalar_tensor(number.toScalar(), at::TensorOptions(type));
}

/// A known number becomes a number in the node, `add(x, 1)`, where Python takes one.
Tensor as_operand(const std::string& name, const IValue& number, ScalarType type) {
  const bool takes_number =
      name == "aten::add" || name == "aten::sub" || name == "aten::mul" || name == "aten::div";
  if (number.isTensor() || is_size_number(number) || !takes_number) return as_tensor(number, type);
  const at::Scalar scalar = type == at::kDouble ? at::Scalar(number.toScalar().toDouble())
                                                : at::Scalar(number.toScalar());
  Tensor tensor = at::detail::scalar_tensor_static(scalar, type, at::kCPU);
  tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

/// In which type an operator computes.
enum class Arithmetic {
  common,   ///< int64, or float64 if an operand is
  real,     ///< float64
  compare,  ///< as `common`, but bools stay bools
};

struct BinaryRule {
  Arithmetic arithmetic;
  Tensor (*function)(const Tensor&, const Tensor&);
};

struct UnaryRule {
  Arithmetic arithmetic;
  Tensor (*function)(const Tensor&);
};

const std::unordered_map<std::string, BinaryRule>& binary_rules() {
  static const std::unordered_map<std::string, BinaryRule> kTable = {
      {"aten::add", {Arithmetic::common, [](auto& a, auto& b) { return at::add(a, b); }}},
      {"aten::sub", {Arithmetic::common, [](auto& a, auto& b) { return at::sub(a, b); }}},
      {"aten::mul", {Arithmetic::common, [](auto& a, auto& b) { return at::mul(a, b); }}},
      {"aten::div", {Arithmetic::real, [](auto& a, auto& b) { return at::div(a, b); }}},
      {"aten::floordiv",
       {Arithmetic::common, [](auto& a, auto& b) { return at::div(a, b, "floor"); }}},
      {"aten::remainder",
       {Arithmetic::common, [](auto& a, auto& b) { return at::remainder(a, b); }}},
      {"aten::fmod", {Arithmetic::real, [](auto& a, auto& b) { return at::fmod(a, b); }}},
      {"aten::atan2", {Arithmetic::real, [](auto& a, auto& b) { return at::atan2(a, b); }}},
      {"prim::min", {Arithmetic::common, [](auto& a, auto& b) { return at::minimum(a, b); }}},
      {"prim::max", {Arithmetic::common, [](auto& a, auto& b) { return at::maximum(a, b); }}},
      {"aten::eq", {Arithmetic::compare, [](auto& a, auto& b) { return at::eq(a, b); }}},
      {"aten::ne", {Arithmetic::compare, [](auto& a, auto& b) { return at::ne(a, b); }}},
      {"aten::lt", {Arithmetic::compare, [](auto& a, auto& b) { return at::lt(a, b); }}},
      {"aten::le", {Arithmetic::compare, [](auto& a, auto& b) { return at::le(a, b); }}},
      {"aten::gt", {Arithmetic::compare, [](auto& a, auto& b) { return at::gt(a, b); }}},
      {"aten::ge", {Arithmetic::compare, [](auto& a, auto& b) { return at::ge(a, b); }}},
      {"aten::__and__",
       {Arithmetic::compare, [](auto& a, auto& b) { return at::bitwise_and(a, b); }}},
      {"aten::__or__",
       {Arithmetic::compare, [](auto& a, auto& b) { return at::bitwise_or(a, b); }}},
      {"aten::__xor__",
       {Arithmetic::compare, [](auto& a, auto& b) { return at::bitwise_xor(a, b); }}},
  };
  return kTable;
}

Tensor truth(const Tensor& number) {
  return number.scalar_type() == at::kBool ? number : at::ne(number, 0);
}

const std::unordered_map<std::string, UnaryRule>& unary_rules() {
  static const std::unordered_map<std::string, UnaryRule> kTable = {
      {"aten::neg", {Arithmetic::common, [](auto& a) { return at::neg(a); }}},
      {"prim::abs", {Arithmetic::common, [](auto& a) { return at::abs(a); }}},
      {"aten::__not__", {Arithmetic::compare, [](auto& a) { return at::logical_not(a); }}},
      {"aten::Bool", {Arithmetic::compare, truth}},
      {"aten::Int", {Arithmetic::compare, [](auto& a) { return converted(a, at::kLong); }}},
      {"aten::Float", {Arithmetic::compare, [](auto& a) { return converted(a, at::kDouble); }}},
      {"aten::floor", {Arithmetic::real, [](auto& a) { return at::floor(a).to(at::kLong); }}},
      {"aten::ceil", {Arithmetic::real, [](auto& a) { return at::ceil(a).to(at::kLong); }}},
      {"aten::round", {Arithmetic::real, [](auto& a) { return at::round(a); }}},
      {"aten::sqrt", {Arithmetic::real, [](auto& a) { return at::sqrt(a); }}},
      {"aten::exp", {Arithmetic::real, [](auto& a) { return at::exp(a); }}},
      {"aten::log", {Arithmetic::real, [](auto& a) { return at::log(a); }}},
      {"aten::log2", {Arithmetic::real, [](auto& a) { return at::log2(a); }}},
      {"aten::log10", {Arithmetic::real, [](auto& a) { return at::log10(a); }}},
      {"aten::sin", {Arithmetic::real, [](auto& a) { return at::sin(a); }}},
      {"aten::cos", {Arithmetic::real, [](auto& a) { return at::cos(a); }}},
      {"aten::tan", {Arithmetic::real, [](auto& a) { return at::tan(a); }}},
      {"aten::tanh", {Arithmetic::real, [](auto& a) { return at::tanh(a); }}},
      {"prim::NumToTensor", {Arithmetic::compare, [](auto& a) { return a; }}},
  };
  return kTable;
}

/// The type in which the rule computes on these numbers.
ScalarType computing_type(Arithmetic arithmetic, c10::ArrayRef<IValue> numbers) {
  if (arithmetic == Arithmetic::real) return at::kDouble;
  ScalarType type = arithmetic == Arithmetic::compare ? at::kBool : at::kLong;
  for (const IValue& number : numbers) type = c10::promoteTypes(type, number_type(number));
  return type;
}

/// `int ** int` is a float in TorchScript, except where the operator says otherwise.
Tensor power(const jit::Node& node, c10::ArrayRef<IValue> numbers) {
  const bool real = node.output()->type()->kind() == c10::TypeKind::FloatType;
  const ScalarType type = computing_type(real ? Arithmetic::real : Arithmetic::common, numbers);
  return at::pow(as_tensor(numbers[0], type), as_tensor(numbers[1], type));
}

/// Of a bool, int or float that data decides: `torch.tensor(n, dtype)`.
Tensor new_tensor(const jit::Node& node, const ScriptFrame& frame) {
  const Tensor number = frame.get(*node.input(0)).toTensor();
  const IValue dtype = frame.get(*node.input(1));
  ScalarType type = number.scalar_type() == at::kDouble
                        ? c10::typeMetaToScalarType(at::get_default_dtype())
                        : number.scalar_type();
  if (!dtype.isNone()) type = dtype.toScalarType();
  return number.scalar_type() == type ? number.clone() : number.to(type);
}

std::optional<Tensor> compute(const jit::Node& node, const ScriptFrame& frame) {
  const std::string name = node.kind().toQualString();
  const jit::Stack numbers = frame.get(node.inputs());
  if (name == "aten::tensor" && numbers[0].isTensor()) return new_tensor(node, frame);
  for (const IValue& number : numbers) {
    if (!number.isTensor() && !number.isScalar()) return std::nullopt;
  }
  if (name == "aten::pow" && numbers.size() == 2) return power(node, numbers);
  if (numbers.size() == 1) {
    const auto rule = unary_rules().find(name);
    if (rule == unary_rules().end()) return std::nullopt;
    const auto& [arithmetic, function] = rule->second;
    return function(as_tensor(numbers[0], computing_type(arithmetic, numbers)));
  }
  const auto rule = binary_rules().find(name);
  if (numbers.size() != 2 || rule == binary_rules().end()) return std::nullopt;
  const auto& [arithmetic, function] = rule->second;
  const ScalarType type = computing_type(arithmetic, numbers);
  return function(as_tensor(numbers[0], type), as_operand(name, numbers[1], type));
}

/// The type a tensor's number gets: that of the conversion, or its own in Python.
std::optional<ScalarType> conversion_type(const jit::Node& node, const Tensor& tensor) {
  static const std::unordered_map<std::string, std::optional<ScalarType>> kTable = {
      {"aten::Bool", at::kBool},    {"aten::is_nonzero", at::kBool},
      {"aten::Int", at::kLong},     {"aten::IntImplicit", at::kLong},
      {"aten::Float", at::kDouble}, {"aten::FloatImplicit", at::kDouble},
      {"aten::item", std::nullopt}, {"aten::ScalarImplicit", std::nullopt},
  };
  const auto found = kTable.find(node.kind().toQualString());
  if (found == kTable.end() || node.inputs().size() != 1) return std::nullopt;
  return found->second.value_or(number_type(tensor));
}

Tensor scalar_of(const Tensor& tensor, ScalarType type) {
  if (tensor.sym_numel() != 1) {
    throw CaptureError(c10::str("a tensor of ", tensor.sym_numel(),
                                " elements is used as a number, which takes one of one element"));
  }
  if (tensor.is_complex()) {
    throw UnsupportedError("a complex number of a tensor's data is not supported");
  }
  const Tensor scalar = tensor.dim() == 0 ? tensor : tensor.reshape(at::IntArrayRef{});
  return type == at::kBool ? truth(scalar) : converted(scalar, type);
}

}  // namespace

bool is_data_number(const jit::Value& value, const ScriptFrame& frame) {
  if (!is_number_type(*value.type())) return false;
  const IValue& held = frame.get(value);
  return held.isTensor() && held.toTensor().defined();
}

namespace {

/// At least one number of data, and no tensor beside.
bool computes_with_data_numbers(const jit::Node& node, const ScriptFrame& frame) {
  bool any = false;
  for (const auto* input : node.inputs()) {
    const bool number = is_data_number(*input, frame);
    if (!number && frame.get(*input).isTensor()) return false;
    any = any || number;
  }
  return any;
}

}  // namespace

bool run_on_data_numbers(const jit::Node& node, ScriptFrame& frame, const KnownTensors& known) {
  if (node.outputs().size() != 1) return false;
  if (computes_with_data_numbers(node, frame)) {
    auto result = compute(node, frame);
    if (!result) return false;
    frame.set(*node.output(), std::move(*result));
    return true;
  }
  if (node.inputs().size() != 1 || !frame.get(*node.input()).isTensor()) return false;
  const Tensor tensor = frame.get(*node.input()).toTensor();
  const auto type = conversion_type(node, tensor);
  if (!type || known.holds(tensor)) return false;
  frame.set(*node.output(), scalar_of(tensor, *type));
  return true;
}

Tensor number_tensor(const IValue& number) {
  return as_tensor(number, number_type(number));
}

IValue symbolic_number(const Tensor& number) {
  return number.item();
}

}  // namespace roundtrip
