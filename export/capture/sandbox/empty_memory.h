#pragma once

#include <ATen/core/Tensor.h>

namespace roundtrip {

/// Makes a new tensor's memory copy-on-write, with no copy: whoever asks for it to write to,
/// by whatever pointer, ends that.
void watch_writes(const at::Tensor& tensor);
/// False if nobody could have written to the memory since `watch_writes`. Ends the watch.
bool may_be_written(const at::Tensor& tensor);

}  // namespace roundtrip
