#include "export/program/tensor_copies.h"

#include <ATen/ATen.h>

#include "export/program/absent_data.h"

namespace roundtrip {
namespace {

c10::Storage clone_storage(const c10::Storage& storage) {
  if (is_absent(storage)) return absent_storage(storage.nbytes());
  return bytes_of(storage).clone().storage();
}

}  // namespace

/// Not by `set_`, which looks at the memory.
at::Tensor bytes_of(const c10::Storage& storage) {
  at::Tensor bytes = at::empty({0}, at::TensorOptions(at::kByte).device(storage.device()));
  c10::TensorImpl& impl = *bytes.unsafeGetTensorImpl();
  impl.set_storage_keep_dtype(storage);
  impl.set_sizes_contiguous({static_cast<std::int64_t>(storage.nbytes())});
  return bytes;
}

at::Tensor TensorCopies::copy(const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  at::Tensor& copy = copies_[tensor.unsafeGetTensorImpl()];
  if (!copy.defined()) copy = make(tensor);
  return copy;
}

at::Tensor TensorCopies::make(const at::Tensor& tensor) {
  at::NoGradGuard no_grad;
  at::Tensor copy;
  if (tensor.has_storage() && !tensor._is_zerotensor()) {
    auto& storage = storages_[tensor.storage().unsafeGetStorageImpl()];
    if (!storage) storage = clone_storage(tensor.storage());
    copy = tensor.variable_data();
    copy.unsafeGetTensorImpl()->set_storage_keep_dtype(storage);
  } else {
    copy = tensor.detach().clone();
  }
  return copy.set_requires_grad(tensor.requires_grad());
}

at::Tensor with_memory(const at::Tensor& tensor) {
  return tensor._is_zerotensor() ? at::zeros(tensor.sizes(), tensor.options()) : tensor;
}

}  // namespace roundtrip
