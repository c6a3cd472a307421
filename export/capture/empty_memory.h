#pragma once

#include <ATen/core/Tensor.h>

namespace roundtrip {

/// Fills a tensor of `aten::empty` with a pattern that tells later whether somebody wrote
/// to it.
void mark_untouched(const at::Tensor& tensor);
bool is_untouched(const at::Tensor& tensor);

}  // namespace roundtrip
