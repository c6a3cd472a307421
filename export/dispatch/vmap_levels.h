#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/SymInt.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <cstddef>
#include <cstdint>
#include <string>

/// What a vmap consists of, in LibTorch and in a program: each takes part in a capture, if
/// there is one, but for a program that is decomposed, whose vmaps are carried out.

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

/// The same for tensors with data, whether or not a capture is under way.
void push_vmap(const c10::SymInt& batch_size, const std::string& randomness);
void pop_vmap();
at::Tensor hide_batch_dim(const at::Tensor& tensor, std::int64_t dim);
at::Tensor show_batch_dim(const at::Tensor& tensor, const c10::SymInt& batch_size,
                          std::int64_t dim);
/// The number of the innermost vmap; throws `ProgramError` outside of any.
std::int64_t innermost_vmap_level();

/// Whether this thread is in one.
bool vmap_is_active();
/// Whether one of the `count` arguments on top of the stack hides a batch dimension.
bool any_batched(const torch::jit::Stack& stack, std::size_t count);
/// Calls the operator such that LibTorch maps it over the batch dimensions of its arguments,
/// by calling others on the whole tensors. For tensors that a layer of the recorder's gave:
/// those calls come to it again.
void call_batched(const c10::OperatorHandle& op, torch::jit::Stack& stack);

/// While it lives, operators do not map, though a vmap is entered.
class WithoutVmap {
  c10::impl::ExcludeDispatchKeyGuard exclude_{
      c10::DispatchKeySet({c10::DispatchKey::FuncTorchDynamicLayerFrontMode,
                           c10::DispatchKey::FuncTorchDynamicLayerBackMode})};
};

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
