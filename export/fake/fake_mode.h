#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <unordered_set>
#include <vector>

#include "export/fake/deferred_calls.h"
#include "export/fake/leaf_results.h"
#include "export/fake/pointer_lock.h"

namespace roundtrip {

/// The key that operators go through below autograd, composite ones taken apart. LibTorch has it
/// for fake tensors of its own, and does not use it in 2.13.
inline constexpr c10::DispatchKey kFakeKey = c10::DispatchKey::Fake;

/// While it lives, operators that this thread calls on tensors of the CPU give results of the
/// sizes, strides and dtypes that they have, whose data is computed when something reads it, and
/// then with only what it depends on: an operator whose results data decides, that draws random
/// numbers, or whose results are not known without running it. Tensors that are given to somebody
/// who is not on this thread, or outlive this, must have been made `WithData`.
class FakeMode {
 public:
  /// `lock`, which may be null, is opened wherever data is read.
  explicit FakeMode(PointerLock* lock = nullptr);
  ~FakeMode();
  FakeMode(const FakeMode&) = delete;
  FakeMode& operator=(const FakeMode&) = delete;

  /// The mode of this thread; null if there is none.
  static FakeMode* current();

  /// Calls an operator, from autograd on: arguments on the stack, results in their place.
  void call(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  /// The same below autograd.
  void call_below_autograd(const c10::OperatorHandle& op, torch::jit::Stack& stack);

  /// Gives memory to `tensor`, and its data.
  void compute(const at::Tensor& tensor);

 private:
  friend class WithData;

  bool open_lock();
  bool defer(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  void call_meta(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  void call_for_meta(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  template <typename Kernel>
  void attempt(const c10::OperatorHandle& op, torch::jit::Stack& stack, Kernel kernel);
  void run(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  bool has_written_to(const torch::jit::Stack& arguments, std::size_t since) const;

  DeferredCalls calls_;
  /// Operators whose kernel was found to read memory itself.
  std::unordered_set<c10::OperatorHandle> read_memory_;
  /// What calls that ran at once may have written to; null for anything.
  std::vector<const c10::StorageImpl*> written_;
  PointerLock* lock_;
  FakeMode* outer_;
  c10::impl::IncludeDispatchKeyGuard include_{kFakeKey};
};

/// While it lives, operators that this thread calls go past the mode. They are to read no data.
class WithoutFake {
 private:
  c10::impl::ExcludeDispatchKeyGuard exclude_{kFakeKey};
};

/// While it lives, operators that this thread calls run as always: their tensors must have data,
/// which no lock keeps from them.
class WithData {
 public:
  WithData();
  ~WithData();
  WithData(const WithData&) = delete;
  WithData& operator=(const WithData&) = delete;

 private:
  WithoutFake without_fake_;
  PointerLock* opened_ = nullptr;
};

}  // namespace roundtrip
