#include "export/decompose/rule.h"

#include <ATen/ScalarOps.h>

namespace roundtrip {

at::Tensor wrapped_number(const at::Scalar& number) {
  at::Tensor tensor = c10::scalar_to_tensor(number);
  tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
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
