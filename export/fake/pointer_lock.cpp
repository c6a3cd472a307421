#include "export/fake/pointer_lock.h"

#include <string>
#include <utility>

#include "export/fake/fake_tensor.h"

namespace roundtrip {
namespace {

const std::string kRefusal =
    "strict: forward reads the memory of a parameter, a buffer or a tensor it made through a "
    "pointer (data_ptr, accessor, storage) or prints it (std::cout <<), which a program cannot "
    "record. Use tensor operators; item() reads a single value as a symbol";

void close(c10::StorageImpl& storage) {
  storage.release_data_and_set_meta_custom_data_ptr_error_msg_(kRefusal);
}

}  // namespace

void PointerLock::add(const at::Tensor& tensor) {
  if (!tensor.has_storage() || has_no_memory(*tensor.storage().unsafeGetStorageImpl())) return;
  c10::StorageImpl* impl = tensor.storage().unsafeGetStorageImpl();
  storages_.emplace(impl, tensor.storage());
  close_again(impl);
}

bool PointerLock::set(bool closed) {
  if (closed != closed_) {
    for (const auto& [impl, storage] : storages_) closed ? close(*impl) : open_memory(*impl);
  }
  return std::exchange(closed_, closed);
}

void PointerLock::close_again(c10::StorageImpl* storage) const {
  if (closed_ && storages_.contains(storage)) close(*storage);
}

}  // namespace roundtrip
