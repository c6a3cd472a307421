#include "export/torchscript/attributes.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/torchscript/leaves.h"
#include "export/torchscript/source.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

const void* address(const c10::IValue& object) {
  return object.toObject().get();
}

/// A buffer stays a leaf of autograd from call to call.
at::Tensor without_gradient(const at::Tensor& tensor) {
  const auto* traced = as_traced(tensor);
  const at::Tensor& data = traced != nullptr ? traced->concrete() : tensor;
  return data.requires_grad() ? tensor.detach() : tensor;
}

/// Dynamic sizes are guarded to be these.
bool has_sizes(const at::Tensor& tensor, at::IntArrayRef sizes) {
  const auto own = tensor.sym_sizes();
  return own.size() == sizes.size() && std::equal(own.begin(), own.end(), sizes.begin());
}

}  // namespace

Attributes::Attributes(const jit::Module& model) {
  for (const auto& module : model.named_modules()) {
    modules_.emplace(module.value._ivalue().get(), "L__self__" + module.name + "," + module.name +
                                                       "," +
                                                       python_name(*module.value.type()->name()));
    for (const auto& buffer : module.value.named_buffers(/*recurse=*/false)) {
      buffers_.emplace(Slot(module.value._ivalue().get(), buffer.name), Buffer{buffer.value, {}});
    }
  }
}

c10::IValue Attributes::get(const c10::IValue& object, const std::string& name) const {
  const auto buffer = buffers_.find(Slot(address(object), name));
  if (buffer != buffers_.end() && !buffer->second.assigned.isNone()) return buffer->second.assigned;
  return object.toObjectRef().getAttr(name);
}

void Attributes::set(const c10::IValue& object, const std::string& name, c10::IValue value) {
  if (created_.count(address(object)) > 0) {
    object.toObjectRef().setAttr(name, std::move(value));
    return;
  }
  const auto buffer = buffers_.find(Slot(address(object), name));
  if (buffer == buffers_.end()) {
    throw CaptureError("forward assigns to the attribute '" + name +
                       "', which no program can keep from one call to the next. Register it as a "
                       "buffer (a tensor), or return it as a result");
  }
  const at::Tensor& now = buffer->second.tensor;
  if (!value.isTensor() || value.toTensor().scalar_type() != now.scalar_type() ||
      !has_sizes(value.toTensor(), now.sizes())) {
    throw CaptureError("forward assigns to the buffer '" + name +
                       "' a value of another shape or type, which a program cannot: a buffer "
                       "stays as it was when the model was made");
  }
  if (buffer->second.assigned.isNone()) assigned_.push_back(buffer->first);
  buffer->second.assigned = std::move(value);
}

void Attributes::add_created(const c10::IValue& object) {
  created_.emplace(address(object), object);
}

const std::string* Attributes::module_entry(const c10::IValue& object) const {
  const auto found = modules_.find(address(object));
  return found == modules_.end() ? nullptr : &found->second;
}

c10::IValue Attributes::write_buffers(const c10::IValue& result) const {
  std::vector<BufferWrite> writes;
  for (const Slot& slot : assigned_) {
    const Buffer& buffer = buffers_.at(slot);
    writes.push_back({buffer.tensor, buffer.assigned.toTensor()});
  }
  return write_all(std::move(writes), result);
}

c10::IValue write_all(std::vector<BufferWrite> writes, const c10::IValue& result) {
  Memory memory;
  for (const BufferWrite& write : writes) memory.add(write.buffer);
  const auto kept = [&](const at::Tensor& tensor) {
    return memory.holds(tensor) ? tensor.clone() : tensor;
  };
  c10::IValue kept_result = map_leaf_tensors(result, kept);
  for (BufferWrite& write : writes) {
    if (!write.value.is_same(write.buffer)) write.value = kept(write.value);
  }
  for (const BufferWrite& write : writes) write.buffer.copy_(without_gradient(write.value));
  return kept_result;
}

}  // namespace roundtrip
