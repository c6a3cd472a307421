#include "export/torchscript/known_tensors.h"

#include <ATen/ATen.h>

#include "export/dispatch/capture_handler.h"
#include "export/fake/fake_mode.h"

namespace roundtrip {

at::Tensor KnownTensors::make(const at::Scalar& number) {
  const WithoutCapture without_capture;
  const WithData with_data;
  const at::Tensor tensor = at::scalar_tensor(number, at::TensorOptions(number.type()));
  add(tensor);
  return tensor;
}

bool KnownTensors::holds(const at::Tensor& tensor) const {
  return tensor.defined() && tensors_.count(tensor.unsafeGetTensorImpl()) > 0;
}

void KnownTensors::add(const at::Tensor& tensor) {
  tensors_.emplace(tensor.unsafeGetTensorImpl(), tensor);
}

}  // namespace roundtrip
