#include "export/fake/fake_tensor.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <roundtrip/error.h>

#include "export/dispatch/capture_handler.h"
#include "export/fake/fake_mode.h"

namespace roundtrip {
namespace {

const std::string kNoMemory =
    "the data of this tensor is not there: a capture computes it only when an operator asks for "
    "it, and this was read through a pointer (data_ptr, accessor, storage). Use tensor operators";

using MakeData = std::function<at::Tensor()>;

/// Also what tells a lazy storage from others.
void forget_how_to_make(void* context) {
  const std::unique_ptr<MakeData> make(static_cast<MakeData*>(context));
}

c10::Storage fake_storage(std::size_t bytes, c10::DataPtr data) {
  c10::Storage storage(c10::make_intrusive<c10::StorageImpl>(
      c10::StorageImpl::use_byte_size_t(), bytes, std::move(data), c10::GetAllocator(c10::kCPU),
      /*resizable=*/true));
  if (bytes > 0) close_memory(*storage.unsafeGetStorageImpl());
  return storage;
}

}  // namespace

TensorLayout layout_of(const at::Tensor& tensor) {
  return {tensor.sizes().vec(), tensor.strides().vec(), tensor.storage_offset(),
          tensor.scalar_type()};
}

at::Tensor make_fake(const TensorLayout& layout) {
  const caffe2::TypeMeta dtype = c10::scalarTypeToTypeMeta(layout.dtype);
  const std::size_t bytes =
      at::detail::computeStorageNbytes(layout.sizes, layout.strides, dtype.itemsize(),
                                       static_cast<std::size_t>(layout.storage_offset));
  at::Tensor tensor = at::detail::make_tensor<c10::TensorImpl>(
      fake_storage(bytes, c10::DataPtr(nullptr, c10::kCPU)),
      c10::DispatchKeySet(c10::DispatchKey::CPU), dtype);
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(layout.sizes, layout.strides,
                                                      layout.storage_offset);
  return tensor;
}

at::Tensor make_meta(const TensorLayout& layout) {
  at::Tensor tensor = at::empty_strided(layout.sizes, layout.strides,
                                        at::TensorOptions(layout.dtype).device(at::kMeta));
  tensor.unsafeGetTensorImpl()->set_storage_offset(layout.storage_offset);
  return tensor;
}

c10::Storage lazy_storage(std::size_t bytes, MakeData make) {
  auto context = std::make_unique<MakeData>(std::move(make));
  return fake_storage(bytes,
                      c10::DataPtr(nullptr, context.release(), forget_how_to_make, c10::kCPU));
}

void fill_lazy(c10::StorageImpl& storage) {
  const c10::DataPtr& data = storage._mutable_data_ptr_no_checks();
  if (data.get_deleter() != forget_how_to_make) return;
  const WithData with_data;
  const WithoutCapture without_capture;
  const MakeData make = *static_cast<const MakeData*>(data.get_context());
  give_memory(storage, make());
}

void take_memory(const at::Tensor& tensor, const at::Tensor& other) {
  c10::TensorImpl& impl = *tensor.unsafeGetTensorImpl();
  impl.set_storage_keep_dtype(other.storage());
  impl.set_sizes_and_strides(other.sizes(), other.strides(), other.storage_offset());
}

bool has_no_memory(const c10::StorageImpl& storage) {
  auto& impl = const_cast<c10::StorageImpl&>(storage);
  return impl.nbytes() > 0 && impl._mutable_data_ptr_no_checks().get() == nullptr;
}

/// An operator may return a tensor that is part of a larger storage, or of one that others hold.
void give_memory(c10::StorageImpl& storage, at::Tensor tensor) {
  if (tensor.storage().use_count() > 1 || tensor.storage().nbytes() != storage.nbytes()) {
    tensor = at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options()).copy_(tensor);
  }
  open_memory(storage);
  storage.set_data_ptr_noswap(
      std::move(tensor.storage().unsafeGetStorageImpl()->_mutable_data_ptr_no_checks()));
}

void close_memory(c10::StorageImpl& storage) {
  storage.release_data_and_set_meta_custom_data_ptr_error_msg_(kNoMemory);
}

void open_memory(c10::StorageImpl& storage) {
  storage.clear_data_ptr_access_error_msg_();
}

}  // namespace roundtrip
