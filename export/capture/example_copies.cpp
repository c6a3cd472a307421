#include "export/capture/example_copies.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>

namespace roundtrip {
namespace {

void require_plain(const at::Tensor& tensor) {
  if (!tensor.defined()) throw CaptureError("an example input is an undefined tensor");
  if (tensor.layout() != at::kStrided || tensor.is_quantized() || tensor.is_conj() ||
      tensor.is_neg() || !tensor.has_storage()) {
    throw UnsupportedError(
        "an example input is sparse, quantized or lazily conjugated; only plain strided tensors "
        "are supported");
  }
}

c10::Storage clone_storage(const c10::Storage& storage) {
  const auto size = static_cast<std::int64_t>(storage.nbytes());
  at::Tensor bytes = at::empty({0}, at::TensorOptions(at::kByte).device(storage.device()))
                         .set_(storage, 0, {size}, {1});
  return bytes.clone().storage();
}

}  // namespace

at::Tensor ExampleCopies::copy(const at::Tensor& tensor) {
  require_plain(tensor);
  at::Tensor& copy = copies_[tensor.unsafeGetTensorImpl()];
  if (copy.defined()) return copy;
  auto& storage = storages_[tensor.storage().unsafeGetStorageImpl()];
  if (!storage) storage = clone_storage(tensor.storage());
  at::NoGradGuard no_grad;
  copy = at::empty({0}, tensor.options())
             .set_(storage, tensor.storage_offset(), tensor.sizes(), tensor.strides());
  copy.set_requires_grad(tensor.requires_grad());
  return copy;
}

Value map_leaves(const Value& tree, const std::function<Value(const Value&)>& replace) {
  if (!tree.is_container()) return replace(tree);
  Container result = tree.container();
  for (Value& item : result.items) item = map_leaves(item, replace);
  return result;
}

}  // namespace roundtrip
