#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Storage.h>

#include <functional>

namespace roundtrip {

/// Sizes and strides of a tensor, in elements, and what its elements are.
struct TensorLayout {
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  std::int64_t storage_offset = 0;
  c10::ScalarType dtype = c10::ScalarType::Undefined;
  bool operator==(const TensorLayout&) const = default;
};

TensorLayout layout_of(const at::Tensor& tensor);

/// A tensor of the CPU with a storage of its own that has no memory yet: reading it throws
/// `c10::Error`, as does writing to it. Views of it share the storage, as those of any tensor do.
/// An operator's kernel for the device must not get it.
at::Tensor make_fake(const TensorLayout& layout);

/// The same on the meta device.
at::Tensor make_meta(const TensorLayout& layout);

/// A storage of the CPU of so many bytes, whose memory is that of the tensor which `make` gives
/// when an operator first reads it in a `FakeMode`. Until then it is as that of `make_fake`.
c10::Storage lazy_storage(std::size_t bytes, std::function<at::Tensor()> make);

/// Makes the memory of such a storage, if that was not done. Others stay as they are.
void fill_lazy(c10::StorageImpl& storage);

/// Makes `tensor` one of the memory, sizes and strides of `other`, which is of its type.
void take_memory(const at::Tensor& tensor, const at::Tensor& other);

/// True for a storage that should have memory, and has none.
bool has_no_memory(const c10::StorageImpl& storage);

/// Gives the memory of `tensor` to a storage that has none. `tensor` is not used any more.
void give_memory(c10::StorageImpl& storage, at::Tensor tensor);

/// Reads and writes through pointers throw from here on, or do not any more.
void close_memory(c10::StorageImpl& storage);
void open_memory(c10::StorageImpl& storage);

}  // namespace roundtrip
