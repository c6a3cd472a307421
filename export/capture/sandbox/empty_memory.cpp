#include "export/capture/sandbox/empty_memory.h"

#include <c10/core/impl/COW.h>

namespace roundtrip {

void watch_writes(const at::Tensor& tensor) {
  if (tensor.nbytes() == 0) return;
  c10::impl::cow::lazy_clone_storage(*tensor.storage().unsafeGetStorageImpl());
}

bool may_be_written(const at::Tensor& tensor) {
  if (tensor.nbytes() == 0) return false;
  const bool written = !c10::impl::cow::is_cow_data_ptr(tensor.storage().data_ptr());
  static_cast<void>(tensor.mutable_data_ptr());
  return written;
}

}  // namespace roundtrip
