#include "export/capture/trace.h"

namespace roundtrip {

bool result_bears_name(const Node& node) {
  if (node.outputs.size() != 1) return false;
  const auto* result = node.outputs[0].get<TensorArgument>();
  return result != nullptr && result->name == node.name;
}

TensorMeta tensor_meta(const at::Tensor& tensor, bool requires_grad) {
  TensorMeta meta;
  meta.dtype = tensor.scalar_type();
  meta.sizes.assign(tensor.sizes().begin(), tensor.sizes().end());
  meta.requires_grad = requires_grad;
  meta.device = tensor.device();
  meta.strides.assign(tensor.strides().begin(), tensor.strides().end());
  meta.storage_offset = tensor.storage_offset();
  meta.layout = tensor.layout();
  return meta;
}

}  // namespace roundtrip
