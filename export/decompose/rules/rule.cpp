#include "export/decompose/rules/rule.h"

#include <ATen/ScalarOps.h>
#include <ATen/native/TypeProperties.h>

#include "export/tracing/traced_tensor.h"

namespace roundtrip {

namespace {

bool is_tensor(const c10::IValue& value) {
  return value.isTensor() && value.toTensor().defined();
}

/// The dtype of a result of these together, by Python's rules of promotion.
c10::ScalarType promoted_type(at::ArrayRef<c10::IValue> values) {
  at::native::ResultTypeState state;
  for (const auto& value : values) {
    if (is_tensor(value)) state = at::native::update_result_type_state(value.toTensor(), state);
  }
  return at::native::result_type(state);
}

}  // namespace

namespace detail {

std::optional<c10::ScalarType> promote(torch::jit::Stack& stack, std::size_t count) {
  const auto arguments = at::ArrayRef<c10::IValue>(stack).slice(stack.size() - count);
  const c10::ScalarType result = promoted_type(arguments);
  if (at::isIntegralType(result, /*includeBool=*/true)) return std::nullopt;
  const c10::ScalarType dtype = computing_type(result);
  for (std::size_t i = stack.size() - count; i < stack.size(); ++i) {
    if (is_tensor(stack[i])) stack[i] = in_type(stack[i].toTensor(), dtype);
  }
  return result == dtype ? std::nullopt : std::optional(result);
}

void demote_to(c10::ScalarType dtype, torch::jit::Stack& stack, std::size_t first) {
  for (std::size_t i = first; i < stack.size(); ++i) {
    if (is_tensor(stack[i])) stack[i] = in_type(stack[i].toTensor(), dtype);
  }
}

}  // namespace detail

c10::ScalarType computing_type(c10::ScalarType dtype) {
  if (dtype == at::kComplexHalf) return at::kComplexFloat;
  return dtype == at::kHalf || dtype == at::kBFloat16 ? at::kFloat : dtype;
}

at::Tensor wrapped_number(const at::Scalar& number) {
  if (number.isSymInt()) return number_tensor(number.toSymInt().toSymNode());
  if (number.isSymFloat()) return number_tensor(number.toSymFloat().toSymNodeImpl());
  at::Tensor tensor = c10::scalar_to_tensor(number);
  tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

at::Tensor plus(const at::Tensor& x, const at::Scalar& number) {
  return at::add(x, wrapped_number(number));
}
at::Tensor minus(const at::Tensor& x, const at::Scalar& number) {
  return at::sub(x, wrapped_number(number));
}
at::Tensor times(const at::Tensor& x, const at::Scalar& number) {
  return at::mul(x, wrapped_number(number));
}
at::Tensor over(const at::Tensor& x, const at::Scalar& number) {
  return at::div(x, wrapped_number(number));
}

at::Tensor number_like(const at::Scalar& number, const at::Tensor& like) {
  return at::scalar_tensor(
      number, at::TensorOptions(like.scalar_type()).layout(at::kStrided).device(like.device()));
}

at::Tensor full_of(const Sizes& sizes, const at::Scalar& value, c10::ScalarType dtype,
                   c10::Device device) {
  return at::_ops::full::call(sizes, value, dtype, at::kStrided, device, false);
}

at::Tensor range(const at::Scalar& start, const at::Scalar& end,
                 std::optional<c10::ScalarType> dtype) {
  return at::_ops::arange_start_step::call(start, end, 1, dtype, at::kStrided,
                                           c10::Device(at::kCPU), false);
}

}  // namespace roundtrip
