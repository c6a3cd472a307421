#include "export/decompose/rule.h"

#include <ATen/ScalarOps.h>

#include "export/capture/traced_tensor.h"

namespace roundtrip {

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
