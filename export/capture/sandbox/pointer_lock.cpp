#include "export/capture/sandbox/pointer_lock.h"

#include <string>
#include <utility>

#include "export/fake/fake_tensor.h"

namespace roundtrip {
namespace {

const std::string kRefusal =
    "strict: forward reads the memory of a parameter, a buffer or a tensor it made through a "
    "pointer (data_ptr, accessor, storage) or prints it (std::cout <<), which a program cannot "
    "record. Use tensor operators; item() reads a single value as a symbol";

void apply(const c10::Storage& storage, bool closed) {
  c10::StorageImpl* impl = storage.unsafeGetStorageImpl();
  if (closed) {
    impl->release_data_and_set_meta_custom_data_ptr_error_msg_(kRefusal);
  } else {
    impl->clear_data_ptr_access_error_msg_();
  }
}

}  // namespace

void PointerLock::add(const at::Tensor& tensor) {
  if (!tensor.has_storage() || has_no_memory(*tensor.storage().unsafeGetStorageImpl())) return;
  storages_.push_back(tensor.storage());
  if (closed_) apply(storages_.back(), true);
}

bool PointerLock::set(bool closed) {
  if (closed != closed_) {
    for (const c10::Storage& storage : storages_) apply(storage, closed);
  }
  return std::exchange(closed_, closed);
}

}  // namespace roundtrip
