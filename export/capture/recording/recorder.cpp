#include "export/capture/recording/recorder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>

#include "export/capture/sandbox/empty_memory.h"
#include "export/capture/trace/arguments.h"
#include "export/tracing/traced_tensor.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {
namespace {

std::uint64_t next_graph() {
  static std::atomic<std::uint64_t> next = 0;
  return next++;
}

}  // namespace

Recorder::Recorder(const ModuleState& state, std::shared_ptr<Symbols> symbols, OperatorLayer* layer)
    : graph_(next_graph()), layer_(layer), holds_empties_(layer == nullptr), guard_(state) {
  trace_.symbols = std::move(symbols);
  trace_.grad_mode = c10::GradMode::is_enabled();
  if (trace_.symbols->strict) random_.emplace();
  for (const auto& [name, tensor] : state.parameters.pairs()) {
    plain_[tensor.unsafeGetTensorImpl()] =
        add_placeholder(PlaceholderKind::parameter, name, tensor);
  }
  for (const auto& [name, tensor] : state.buffers.pairs()) {
    plain_[tensor.unsafeGetTensorImpl()] = add_placeholder(PlaceholderKind::buffer, name, tensor);
  }
  for (const auto& [name, tensor] : state.constants.pairs()) {
    declared_constants_.emplace(tensor.unsafeGetTensorImpl(), name);
  }
}

void Recorder::lock_memory(PointerLock* lock) {
  memory_lock_ = lock;
  for (const Placeholder& placeholder : trace_.placeholders) lock->add(placeholder.tensor);
}

std::string Recorder::add_placeholder(PlaceholderKind kind, const std::string& target,
                                      const at::Tensor& tensor) {
  std::string value = "arg" + std::to_string(trace_.placeholders.size()) + "_1";
  trace_.values.insert(value, tensor_meta(tensor, tensor.requires_grad()));
  trace_.placeholders.push_back({kind, value, target, tensor});
  outside_.insert(value);
  return value;
}

std::string Recorder::add_input(const at::Tensor& tensor) {
  return add_placeholder(PlaceholderKind::user_input, "", tensor);
}

at::Tensor Recorder::local(const at::Tensor& tensor) {
  const auto* traced = as_traced(tensor);
  if (traced != nullptr && traced->graph() != graph_ && !traced->number()) {
    throw CaptureError(
        "a tensor that was made in a branch or body of control flow, or in another capture, is "
        "used outside of it: return it from the branch instead");
  }
  return tensor;
}

bool Recorder::knows(const at::Tensor& tensor) const {
  return plain_.count(tensor.unsafeGetTensorImpl()) > 0 ||
         (tensor.has_storage() && empties_.count(tensor.storage().unsafeGetStorageImpl()) > 0);
}

std::string Recorder::value_of(const at::Tensor& argument) {
  return name_of(local(argument));
}

std::string Recorder::name_of(const at::Tensor& tensor) {
  if (const auto* traced = as_traced(tensor)) {
    if (layer_ == nullptr) functions_.visit(tensor, trace_);
    return traced->value();
  }
  refuse_traced_memory(tensor);
  const auto known = plain_.find(tensor.unsafeGetTensorImpl());
  if (known != plain_.end()) return known->second;
  const PointerLock::Scope open(memory_lock_, false);
  kept_.push_back(tensor);
  std::string& value = plain_[tensor.unsafeGetTensorImpl()];
  const auto empty = tensor.has_storage() ? empties_.find(tensor.storage().unsafeGetStorageImpl())
                                          : empties_.end();
  if (empty != empties_.end()) {
    Empty settled = std::move(empty->second);
    empties_.erase(empty);
    if (memory_lock_ != nullptr) memory_lock_->add(tensor);
    return value = settle(std::move(settled));
  }
  return value = add_constant(tensor);
}

std::string Recorder::add_constant(const at::Tensor& tensor) {
  guard_.protect(tensor);
  const auto declared = declared_constants_.find(tensor.unsafeGetTensorImpl());
  if (declared != declared_constants_.end()) {
    return add_placeholder(PlaceholderKind::constant, declared->second, tensor);
  }
  std::string name;
  do {
    name = "lifted_tensor_" + std::to_string(constants_++);
  } while (is_taken(name));
  std::string value = add_placeholder(PlaceholderKind::constant, name, tensor);
  trace_.placeholders.back().undeclared = user_place();
  return value;
}

bool Recorder::is_taken(const std::string& target) const {
  const auto is_target = [&](const Placeholder& placeholder) {
    return placeholder.target == target;
  };
  const auto is_declared = [&](const auto& declared) { return declared.second == target; };
  return std::any_of(trace_.placeholders.begin(), trace_.placeholders.end(), is_target) ||
         std::any_of(declared_constants_.begin(), declared_constants_.end(), is_declared);
}

void Recorder::before_write(const at::Tensor& twin) {
  guard_.before_write(twin);
}

/// A constant that forward made itself may be written to, so each run of the
/// program works on a fresh copy, as Python's `torch.tensor` does in a program.
std::string Recorder::settle(Empty empty) {
  if (!may_be_written(empty.tensor)) {
    const std::string value = define(empty.tensor, "empty");
    empty.node.name = value;
    empty.node.outputs = {{schema::TensorArgument{value}}};
    append(std::move(empty.node), empty.grad_mode);
    return value;
  }
  const std::string constant = add_constant(empty.tensor.clone());
  trace_.placeholders.back().undeclared.reset();  // forward makes it anew in each run
  schema::Node copy;
  copy.target = "torch.ops.aten.lift_fresh_copy.default";
  copy.inputs = {{"self", {schema::TensorArgument{constant}}, ArgumentKind::positional}};
  const std::string value = define(empty.tensor, "lift_fresh_copy");
  copy.name = value;
  copy.outputs = {{schema::TensorArgument{value}}};
  append(std::move(copy), c10::GradMode::is_enabled());
  return value;
}

/// As Python's, which comes with the metadata of what gives the value.
void Recorder::write_back(const std::string& name, const at::Tensor& value) {
  const auto buffer = std::find_if(
      trace_.placeholders.begin(), trace_.placeholders.end(), [&](const Placeholder& candidate) {
        return candidate.kind == PlaceholderKind::buffer && candidate.target == name;
      });
  const std::string source = value_of(value);
  schema::Node copy;
  copy.target = "torch.ops.aten.copy_.default";
  copy.inputs = {{"self", {schema::TensorArgument{buffer->value}}, ArgumentKind::positional},
                 {"src", {schema::TensorArgument{source}}, ArgumentKind::positional}};
  for (TracedNode& traced : trace_.nodes) {
    for (schema::Argument& output : traced.node.outputs) {
      visit_value_names(output, [&](std::string& given) {
        if (given == source) copy.metadata = traced.node.metadata;
      });
    }
  }
  const std::string result = define(buffer->tensor, "copy__default");
  copy.name = result;
  copy.outputs = {{schema::TensorArgument{result}}};
  append(std::move(copy), trace_.grad_mode, /*writes=*/true);
}

Metadata Recorder::new_metadata(const std::string& target) {
  return trace_.symbols->rehearsing ? Metadata{} : metadata_.next(target);
}

void Recorder::append(schema::Node node, bool grad_mode, bool writes) {
  if (node.metadata.empty()) node.metadata = new_metadata(node.target);
  if (layer_ != nullptr) {
    trace_.nodes.push_back({std::move(node), trace_.grad_mode, writes});
  } else {
    trace_.nodes.push_back({std::move(node), grad_mode, writes, modes_.take_changes(grad_mode)});
  }
}

std::string Recorder::define(const at::Tensor& twin, const std::string& candidate) {
  if (twin.layout() != at::kStrided || twin.is_quantized()) {
    throw UnsupportedError("forward makes a sparse or quantized tensor by " + candidate +
                           ", which a program cannot hold");
  }
  std::string value = trace_.names.create(candidate);
  trace_.values.insert(value, tensor_meta(twin, false));
  return value;
}

std::vector<Recorder::Kept> Recorder::take_kept() {
  kept_.clear();
  empties_.clear();
  std::vector<Kept> kept;
  for (const WeakTensor& made : made_) {
    const at::Tensor tensor(made.lock());
    if (!tensor.defined()) continue;
    const auto* traced = as_traced(tensor);
    const auto plain = plain_.find(tensor.unsafeGetTensorImpl());
    const std::string value = traced != nullptr       ? traced->value()
                              : plain != plain_.end() ? plain->second
                                                      : "";
    kept.push_back({tensor, value});
  }
  return kept;
}

}  // namespace roundtrip
