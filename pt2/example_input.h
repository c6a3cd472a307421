#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace roundtrip::pt2 {

/// A random tensor of the type and shape that `text` names: `f32[1,3,224,224]`, or
/// `i64[8,16]<1000` with whole numbers below 1000. Throws `UsageError`.
at::Tensor random_tensor(const std::string& text);

}  // namespace roundtrip::pt2
