#include "export/capture/empty_memory.h"

#include <algorithm>
#include <cstring>

namespace roundtrip {
namespace {

constexpr int kUntouched = 0xA5;

}  // namespace

void mark_untouched(const at::Tensor& tensor) {
  std::memset(tensor.mutable_data_ptr(), kUntouched, tensor.nbytes());
}

bool is_untouched(const at::Tensor& tensor) {
  const auto* bytes = static_cast<const unsigned char*>(tensor.const_data_ptr());
  return std::all_of(bytes, bytes + tensor.nbytes(), [](int byte) { return byte == kUntouched; });
}

}  // namespace roundtrip
