#include "export/fake/fake_mode.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>
#include <torch/library.h>

#include <algorithm>
#include <cstdlib>
#include <unordered_set>
#include <utility>

#include "export/dispatch/tensor_values.h"
#include "export/fake/fake_tensor.h"
#include "export/fake/leaf_results.h"
#include "export/operators/facts.h"
#include "export/operators/schema.h"

namespace roundtrip {
namespace {

using c10::IValue;

thread_local FakeMode* mode_of_thread = nullptr;

/// Whether all is computed at once, and compared with what was expected.
bool computes_all() {
  static const bool computes = std::getenv("ROUNDTRIP_COMPUTE") != nullptr;
  return computes;
}

/// A tensor of the CPU with a storage of plain elements.
bool is_plain(const at::Tensor& tensor) {
  return tensor.layout() == at::kStrided && tensor.has_storage() && tensor.is_cpu() &&
         !tensor.is_quantized() && !tensor.is_conj() && !tensor.is_neg() && !tensor.is_nested() &&
         !tensor.unsafeGetTensorImpl()->is_python_dispatch();
}

bool holds_only_plain(const IValue& value) {
  bool plain =
      !value.isObject() && !value.isStorage() && !value.isGenericDict() && !value.isTuple();
  visit_tensors(value, [&](const at::Tensor& tensor) { plain = plain && is_plain(tensor); });
  return plain;
}

bool names_meta(const IValue& value) {
  return value.isDevice() && value.toDevice().is_meta();
}

/// Whether all tensors among the arguments are of the meta device, but for numbers, or what is made
/// is.
bool are_meta(const torch::jit::Stack& arguments) {
  bool meta = std::any_of(arguments.begin(), arguments.end(), names_meta);
  bool others = false;
  for (const IValue& value : arguments) {
    visit_tensors(value, [&](const at::Tensor& tensor) {
      meta = meta || tensor.is_meta();
      others = others || (!tensor.is_meta() && tensor.dim() > 0);
    });
  }
  return meta && !others;
}

IValue on_cpu(const IValue& value) {
  if (value.isDevice()) return c10::Device(c10::kCPU);
  return map_tensors(value, [](const at::Tensor& tensor) {
    return tensor.defined() && tensor.is_meta() ? make_fake(layout_of(tensor)) : tensor;
  });
}

at::Tensor on_meta(const at::Tensor& tensor) {
  return tensor.defined() ? make_meta(layout_of(tensor)) : tensor;
}

bool names_other_device(const IValue& value) {
  return value.isDevice() && value.toDevice().type() != c10::kCPU;
}

/// Whether what is deferred here can be told of these arguments.
bool are_plain(const torch::jit::Stack& arguments) {
  return std::all_of(arguments.begin(), arguments.end(), [](const IValue& value) {
    return holds_only_plain(value) && !names_other_device(value);
  });
}

/// An operator that is not LibTorch's, or of which it is known, may write to what its schema does
/// not say.
bool may_write_to_all(const c10::OperatorHandle& op) {
  return !op.schema().name().starts_with("aten::") ||
         facts_of(op).hidden == HiddenEffect::may_write;
}

MemoryUse memory_of(const c10::OperatorHandle& op, const torch::jit::Stack& arguments) {
  MemoryUse use;
  const bool writes_all = may_write_to_all(op);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto& storages = writes_all || is_written(op.schema().arguments()[i]) ? use.writes : use.reads;
    visit_tensors(arguments[i], [&](const at::Tensor& tensor) {
      storages.push_back(tensor.storage().unsafeGetStorageImpl());
    });
  }
  return use;
}

void add_results(MemoryUse& use, const torch::jit::Stack& results) {
  for (const IValue& result : results) {
    visit_tensors(result, [&](const at::Tensor& tensor) {
      use.writes.push_back(tensor.storage().unsafeGetStorageImpl());
    });
  }
}

/// Tensors without elements need nothing.
bool needs_memory(const MemoryUse& use) {
  return std::any_of(use.writes.begin(), use.writes.end(),
                     [](const c10::StorageImpl* storage) { return storage->nbytes() > 0; });
}

/// Arguments that the operator makes larger get the memory and the sizes of their results.
void return_arguments(const c10::FunctionSchema& schema, const torch::jit::Stack& arguments,
                      torch::jit::Stack& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto written = written_argument(schema, schema.returns()[i]);
    if (!written || !arguments[*written].isTensor()) continue;
    const at::Tensor& argument = arguments[*written].toTensor();
    const at::Tensor result = results[i].toTensor();
    results[i] = argument;
    if (!argument.is_same(result)) take_memory(argument, result);
  }
}

void call_in_mode(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  TORCH_INTERNAL_ASSERT(mode_of_thread != nullptr);
  const std::size_t count = op.schema().arguments().size();
  torch::jit::Stack own = torch::jit::pop(*stack, count);
  mode_of_thread->call_below_autograd(op, own);
  for (IValue& result : own) stack->push_back(std::move(result));
}

TORCH_LIBRARY_IMPL(_, Fake, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&call_in_mode>());
}

}  // namespace

FakeMode::FakeMode(PointerLock* lock) : lock_(lock), outer_(std::exchange(mode_of_thread, this)) {
}

FakeMode::~FakeMode() {
  mode_of_thread = outer_;
}

FakeMode* FakeMode::current() {
  return mode_of_thread;
}

/// Whether it was closed. What waits to be written to is not opened: its data is not there yet.
bool FakeMode::open_lock() {
  if (lock_ == nullptr || !lock_->set(false)) return false;
  for (const auto& [impl, storage] : lock_->storages()) {
    if (calls_.will_write(impl)) close_memory(*impl);
  }
  return true;
}

WithData::WithData() {
  FakeMode* mode = FakeMode::current();
  if (mode != nullptr && mode->open_lock()) opened_ = mode->lock_;
}

WithData::~WithData() {
  if (opened_ != nullptr) opened_->set(true);
}

void FakeMode::call(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  attempt(op, stack, [&](torch::jit::Stack& own) { op.callBoxed(&own); });
}

void FakeMode::call_below_autograd(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const LeafFacts& facts = leaf_facts(op);
  const bool may_call_others =
      facts.kind == LeafKind::composite ||
      (facts.kind == LeafKind::kernel && !read_memory_.contains(op) && !are_meta(stack));
  if (may_call_others) {
    return attempt(op, stack,
                   [&](torch::jit::Stack& own) { op.callBoxedForDispatchKey(facts.key, own); });
  }
  if (are_meta(stack)) return call_meta(op, stack);
  if (facts.kind == LeafKind::metadata && are_plain(stack)) {
    const WithoutFake without_fake;
    op.callBoxed(&stack);
  } else if (facts.kind != LeafKind::known || !defer(op, stack)) {
    run(op, stack);
  }
}

/// An operator that has no kernel there gives what it gives on the CPU.
void FakeMode::call_meta(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  torch::jit::Stack own = stack;
  try {
    const WithoutFake without_fake;
    op.callBoxed(&own);
    stack = std::move(own);
  } catch (const c10::Error&) {
    call_for_meta(op, stack);
  }
}

/// Calls it on tensors of the CPU in place of those of the meta device, none of which is computed.
void FakeMode::call_for_meta(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const c10::FunctionSchema& schema = op.schema();
  const std::size_t count = calls_.count();
  torch::jit::Stack own;
  for (const IValue& argument : stack) own.push_back(on_cpu(argument));
  call_below_autograd(op, own);
  calls_.drop_since(count);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto written = written_argument(schema, schema.returns()[i]);
    if (!written) {
      own[i] = map_tensors(own[i], on_meta);
    } else if (stack[*written].isTensor()) {
      const at::Tensor& argument = stack[*written].toTensor();
      const TensorLayout layout = layout_of(own[i].toTensor());
      if (!(layout_of(argument) == layout)) take_memory(argument, make_meta(layout));
      own[i] = argument;
    } else {
      throw UnsupportedError(
          c10::str(schema.operator_name(), " is not supported for tensors of the meta device"));
    }
  }
  stack = std::move(own);
}

/// A kernel that calls others may read memory itself, which throws: then it runs on data, and what
/// it has deferred by then is forgotten.
template <typename Kernel>
void FakeMode::attempt(const c10::OperatorHandle& op, torch::jit::Stack& stack, Kernel kernel) {
  const std::size_t count = calls_.count();
  const std::size_t written = written_.size();
  torch::jit::Stack own = stack;
  try {
    kernel(own);
    stack = std::move(own);
  } catch (const c10::Error&) {
    if (has_written_to(stack, written)) throw;
    read_memory_.insert(op);
    calls_.drop_since(count);
    if (are_meta(stack) && leaf_facts(op).kind != LeafKind::known) return call_for_meta(op, stack);
    run(op, stack);
  }
}

bool FakeMode::defer(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  if (!are_plain(stack)) return false;
  std::optional<torch::jit::Stack> results;
  try {
    const WithoutFake without_fake;
    results = leaf_results(op, stack);
  } catch (const c10::Error&) {
    return false;  // the kernel says what is wrong
  }
  if (!results) return false;
  MemoryUse use = memory_of(op, stack);
  add_results(use, *results);
  if (needs_memory(use)) {
    calls_.add(op, stack, *results, use);
    if (lock_ != nullptr) {
      for (c10::StorageImpl* storage : use.writes) lock_->close_again(storage);
    }
  }
  return_arguments(op.schema(), stack, *results);
  if (computes_all()) calls_.run_all();
  stack = std::move(*results);
  return true;
}

void FakeMode::run(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const WithData with_data;
  if (are_plain(stack)) {
    const MemoryUse use = memory_of(op, stack);
    written_.insert(written_.end(), use.writes.begin(), use.writes.end());
    calls_.make_ready(use);
  } else {
    written_.push_back(nullptr);
    calls_.run_all();
  }
  op.callBoxed(&stack);
}

/// Whether a call that ran at once, after the first `since`, wrote to memory of the arguments: it
/// may have written to any of those that are no plain tensors.
bool FakeMode::has_written_to(const torch::jit::Stack& arguments, std::size_t since) const {
  std::unordered_set<const c10::StorageImpl*> own{nullptr};
  for (const IValue& argument : arguments) {
    visit_tensors(argument, [&](const at::Tensor& tensor) {
      if (tensor.has_storage()) own.insert(tensor.storage().unsafeGetStorageImpl());
    });
  }
  return std::any_of(written_.begin() + static_cast<std::ptrdiff_t>(since), written_.end(),
                     [&](const c10::StorageImpl* storage) { return own.contains(storage); });
}

void FakeMode::compute(const at::Tensor& tensor) {
  if (is_plain(tensor)) {
    calls_.make_ready({{tensor.storage().unsafeGetStorageImpl()}, {}});
  } else {
    calls_.run_all();
  }
}

}  // namespace roundtrip
