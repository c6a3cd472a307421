#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymInt.h>

#include <cstddef>
#include <cstdint>
#include <string>

/// What a vmap consists of, in LibTorch and in a program: each takes part in a capture, if
/// there is one.

namespace roundtrip {

/// From here on operators map over tensors with a batch dimension. `randomness` is "error",
/// "same" or "different"; throws `InputError` for others.
void enter_vmap(const c10::SymInt& batch_size, const std::string& randomness);
void leave_vmap();

/// `tensor` as the innermost vmap sees it: without the dimension.
at::Tensor add_batch_dim(const at::Tensor& tensor, std::int64_t dim);
/// `tensor` with the innermost vmap's dimension at `dim`; expanded if it has none.
at::Tensor remove_batch_dim(const at::Tensor& tensor, const c10::SymInt& batch_size,
                            std::int64_t dim);

/// Leaves, when it dies, the vmaps that were entered while it lived, for one that an
/// exception ended. Records nothing.
class VmapDepth {
 public:
  VmapDepth();
  ~VmapDepth();
  VmapDepth(const VmapDepth&) = delete;
  VmapDepth& operator=(const VmapDepth&) = delete;

 private:
  std::size_t depth_;
};

}  // namespace roundtrip
