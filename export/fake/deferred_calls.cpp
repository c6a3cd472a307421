#include "export/fake/deferred_calls.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <roundtrip/error.h>

#include <c10/util/ScopeExit.h>

#include <algorithm>
#include <unordered_set>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/tensor_values.h"
#include "export/fake/fake_mode.h"
#include "export/fake/fake_tensor.h"

namespace roundtrip {
namespace {

using c10::IValue;
using Storages = std::vector<c10::StorageImpl*>;

/// The tensors as they are now: operators such as `transpose_` change sizes in place.
IValue as_now(const IValue& value) {
  return map_tensors(value, [](const at::Tensor& tensor) {
    return tensor.defined() ? at::Tensor(tensor.unsafeGetTensorImpl()->shallow_copy_and_detach(
                                  c10::VariableVersion(0), /*allow_tensor_metadata_change=*/true))
                            : tensor;
  });
}

torch::jit::Stack as_now(const torch::jit::Stack& values) {
  torch::jit::Stack copies;
  copies.reserve(values.size());
  for (const IValue& value : values) copies.push_back(as_now(value));
  return copies;
}

std::string text_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return "no tensor";
  return c10::str(tensor.toString(), tensor.sizes(), " with strides ", tensor.strides(),
                  " and offset ", tensor.storage_offset());
}

bool is_as_expected(const at::Tensor& expected, const at::Tensor& tensor) {
  if (!expected.defined() || !tensor.defined()) return expected.defined() == tensor.defined();
  return layout_of(expected) == layout_of(tensor) && expected.device() == tensor.device();
}

void take_data(const at::Tensor& expected, const at::Tensor& tensor,
               const c10::OperatorHandle& op) {
  if (!is_as_expected(expected, tensor)) {
    throw CaptureError(c10::str("the result of ", op.schema().operator_name(), " is ",
                                text_of(tensor), ", where ", text_of(expected),
                                " was expected. This is a fault of Roundtrip, please report it"));
  }
  if (!expected.defined()) return;
  c10::StorageImpl& storage = *expected.storage().unsafeGetStorageImpl();
  if (has_no_memory(storage)) give_memory(storage, tensor);
}

std::vector<at::Tensor> tensors_of(const IValue& value) {
  std::vector<at::Tensor> tensors;
  if (value.isTensor()) tensors.push_back(value.toTensor());
  if (value.isTensorList()) tensors = value.toTensorVector();
  return tensors;
}

void take_data(const IValue& expected, const IValue& result, const c10::OperatorHandle& op) {
  const std::vector<at::Tensor> tensors = tensors_of(result);
  std::size_t next = 0;
  for (const at::Tensor& tensor : tensors_of(expected)) {
    take_data(tensor, next < tensors.size() ? tensors[next] : at::Tensor(), op);
    ++next;
  }
}

}  // namespace

DeferredCalls::~DeferredCalls() {
  for (const Call& call : calls_) forget(call);
}

void DeferredCalls::add(const c10::OperatorHandle& op, const torch::jit::Stack& arguments,
                        const torch::jit::Stack& results, MemoryUse use) {
  for (c10::StorageImpl* storage : use.reads) ++pending_[storage].reads;
  for (c10::StorageImpl* storage : use.writes) {
    ++pending_[storage].writes;
    close_memory(*storage);
  }
  calls_.push_back({op, as_now(arguments), as_now(results), std::move(use), added_++});
}

bool DeferredCalls::is_ready(const MemoryUse& use) const {
  const auto has_writes = [this](c10::StorageImpl* storage) { return will_write(storage); };
  const auto is_used = [this](c10::StorageImpl* storage) { return pending_.contains(storage); };
  return std::none_of(use.reads.begin(), use.reads.end(), has_writes) &&
         std::none_of(use.writes.begin(), use.writes.end(), is_used);
}

/// From the last call to the first: needed is one that writes to what a needed one uses, or reads
/// what a needed one will have overwritten.
void DeferredCalls::make_ready(const MemoryUse& use) {
  for (const Storages* storages : {&use.reads, &use.writes}) {
    for (c10::StorageImpl* storage : *storages) fill_lazy(*storage);
  }
  if (is_ready(use)) return;
  std::unordered_set<c10::StorageImpl*> used(use.reads.begin(), use.reads.end());
  used.insert(use.writes.begin(), use.writes.end());
  std::unordered_set<c10::StorageImpl*> overwritten(use.writes.begin(), use.writes.end());
  const auto any_in = [](const Storages& storages, const auto& set) {
    return std::any_of(storages.begin(), storages.end(),
                       [&](c10::StorageImpl* storage) { return set.contains(storage); });
  };
  std::vector<bool> needed(calls_.size());
  for (std::size_t i = calls_.size(); i-- > 0;) {
    const MemoryUse& own = calls_[i].use;
    if (!any_in(own.writes, used) && !any_in(own.reads, overwritten)) continue;
    needed[i] = true;
    used.insert(own.reads.begin(), own.reads.end());
    used.insert(own.writes.begin(), own.writes.end());
    overwritten.insert(own.writes.begin(), own.writes.end());
  }
  run(needed);
}

void DeferredCalls::run_all() {
  run(std::vector<bool>(calls_.size(), true));
}

bool DeferredCalls::will_write(c10::StorageImpl* storage) const {
  const auto found = pending_.find(storage);
  return found != pending_.end() && found->second.writes > 0;
}

void DeferredCalls::run(const std::vector<bool>& needed) {
  const WithData with_data;
  std::vector<bool> done(calls_.size());
  const auto erase_done = c10::make_scope_exit([&] {
    std::size_t next = 0;
    std::erase_if(calls_, [&](const Call&) { return done[next++]; });
  });
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!needed[i]) continue;
    run(calls_[i]);
    forget(calls_[i]);
    done[i] = true;
  }
}

void DeferredCalls::run(const Call& call) {
  for (const Storages* storages : {&call.use.reads, &call.use.writes}) {
    for (c10::StorageImpl* storage : *storages) {
      fill_lazy(*storage);
      if (!has_no_memory(*storage)) open_memory(*storage);
    }
  }
  const WithoutCapture without_capture;
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  torch::jit::Stack stack = call.arguments;
  call.op.callBoxed(&stack);
  for (std::size_t i = 0; i < call.results.size(); ++i) {
    take_data(call.results[i], stack[i], call.op);
  }
}

/// Memory that only waited for this call is open.
void DeferredCalls::forget(const Call& call) {
  const auto release = [this](c10::StorageImpl* storage, std::size_t Pending::*count) {
    const auto found = pending_.find(storage);
    Pending& pending = found->second;
    --(pending.*count);
    if (!has_no_memory(*storage)) {
      pending.writes > 0 ? close_memory(*storage) : open_memory(*storage);
    }
    if (pending.reads == 0 && pending.writes == 0) pending_.erase(found);
  };
  for (c10::StorageImpl* storage : call.use.reads) release(storage, &Pending::reads);
  for (c10::StorageImpl* storage : call.use.writes) release(storage, &Pending::writes);
}

void DeferredCalls::drop_since(std::size_t count) {
  const WithData with_data;  // a lock closes what is opened here
  while (!calls_.empty() && calls_.back().number >= count) {
    forget(calls_.back());
    calls_.pop_back();
  }
}

}  // namespace roundtrip
