#include "export/decompose/rule.h"

#include <ATen/ScalarOps.h>

#include "export/capture/traced_tensor.h"

namespace roundtrip {

namespace {

bool is_half(c10::ScalarType dtype) {
  return dtype == at::kHalf || dtype == at::kBFloat16;
}

bool is_real(const c10::IValue& value) {
  return value.isTensor() && value.toTensor().defined() && value.toTensor().is_floating_point();
}

/// The dtype that all real tensors have in common, if that is one of half precision.
std::optional<c10::ScalarType> common_half(at::ArrayRef<c10::IValue> values) {
  std::optional<c10::ScalarType> common;
  for (const auto& value : values) {
    if (!is_real(value)) continue;
    const c10::ScalarType dtype = value.toTensor().scalar_type();
    if (!is_half(dtype) || (common && *common != dtype)) return std::nullopt;
    common = dtype;
  }
  return common;
}

}  // namespace

namespace detail {

std::optional<c10::ScalarType> promote_half(torch::jit::Stack& stack, std::size_t count) {
  const auto arguments = at::ArrayRef<c10::IValue>(stack).slice(stack.size() - count);
  const auto half = common_half(arguments);
  if (!half) return std::nullopt;
  for (std::size_t i = stack.size() - count; i < stack.size(); ++i) {
    if (is_real(stack[i])) stack[i] = in_type(stack[i].toTensor(), at::kFloat);
  }
  return half;
}

void demote_to(c10::ScalarType half, torch::jit::Stack& stack, std::size_t first) {
  for (std::size_t i = first; i < stack.size(); ++i) {
    if (is_real(stack[i])) stack[i] = in_type(stack[i].toTensor(), half);
  }
}

}  // namespace detail

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
