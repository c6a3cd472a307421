#include "export/capture/empty_memory.h"

#include <c10/core/impl/COW.h>

namespace roundtrip {

void watch_writes(const at::Tensor& tensor) {
  c10::impl::cow::lazy_clone_storage(*tensor.storage().unsafeGetStorageImpl());
}

bool may_be_written(const at::Tensor& tensor) {
  return !c10::impl::cow::is_cow_data_ptr(tensor.storage().data_ptr());
}

}  // namespace roundtrip
