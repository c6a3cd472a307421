#include "export/capture/strict.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <roundtrip/error.h>

#include <unordered_set>

#include "export/capture/example_copies.h"
#include "export/capture/node_text.h"
#include "export/capture/recorder.h"
#include "export/capture/tracer.h"

namespace roundtrip {
namespace {

/// Other example inputs of the same structure, shapes and types. Floating point
/// values stay within the range the input had, integers are the same ones in
/// another order, so that what indexes something still does. Numbers, strings
/// and None stay as they are.
class OtherData {
 public:
  Value of(const Value& inputs) {
    return map_leaves(inputs, [this](const Value& leaf) {
      return leaf.is_tensor() ? Value(of(leaf.tensor())) : leaf;
    });
  }

 private:
  /// Works on whole storages: views may overlap, and inputs may share memory.
  at::Tensor of(const at::Tensor& tensor) {
    const at::Tensor copy = copies_.copy(tensor);
    const c10::Storage& storage = copy.storage();
    if (changed_.insert(storage.unsafeGetStorageImpl()).second && copy.is_cpu()) {
      const auto count = static_cast<std::int64_t>(storage.nbytes() / copy.itemsize());
      at::NoGradGuard no_grad;
      const at::Tensor all = at::empty({0}, copy.options()).set_(storage, 0, {count}, {1});
      all.copy_(all.is_floating_point() ? other_floats(all) : shuffled(all));
    }
    return copy;
  }

  /// Zeros, infinities and NaN often mean something (padding, a mask): they stay.
  at::Tensor other_floats(const at::Tensor& values) {
    const at::Tensor free = at::logical_and(at::isfinite(values), values.ne(0));
    const at::Tensor plain = values.masked_select(free).to(at::kDouble);
    if (plain.numel() == 0) return values;
    const at::Tensor low = plain.min();
    const at::Tensor other = at::rand(values.sizes(), generator_, at::kDouble);
    return at::where(free, (other * (plain.max() - low) + low).to(values.options()), values);
  }

  at::Tensor shuffled(const at::Tensor& values) {
    return values.index_select(0, at::randperm(values.numel(), generator_, at::kLong));
  }

  ExampleCopies copies_;
  std::unordered_set<const c10::StorageImpl*> changed_;
  at::Generator generator_ = at::detail::createCPUGenerator(/*seed_val=*/20);
};

Trace trace_other_data(const ExportCall& call) {
  OtherData data;
  Values args;
  Kwargs kwargs;
  for (const Value& arg : call.args) args.push_back(data.of(arg));
  for (const auto& [name, arg] : call.kwargs) kwargs.emplace_back(name, data.of(arg));
  return trace_forward(call.module, args, kwargs);
}

/// Some models take only data of a kind, a positive definite matrix, say. They
/// run again on the data they were given.
Trace trace_again(const ExportCall& call) {
  try {
    return trace_other_data(call);
  } catch (const OperatorFailure&) {
    return trace_forward(call.module, call.args, call.kwargs);
  }
}

[[noreturn]] void refuse(const std::string& difference) {
  throw CaptureError(
      "strict: forward does something else when it runs again on other data of the same shapes, "
      "so one program cannot stand for it. " +
      difference);
}

std::string node_at(const Trace& trace, std::size_t index) {
  if (index >= trace.nodes.size()) return "nothing more";
  const TracedNode& traced = trace.nodes[index];
  return node_text(traced.node) +
         (traced.grad_mode == trace.grad_mode ? "" : " in another gradient mode");
}

void compare_nodes(const Trace& first, const Trace& second) {
  const std::size_t count = std::max(first.nodes.size(), second.nodes.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string left = node_at(first, i);
    const std::string right = node_at(second, i);
    if (left == right) continue;
    refuse(c10::str("Node ", i, " was first '", left, "', then '", right, "'"));
  }
}

void compare_constants(const Trace& first, const Trace& second) {
  for (std::size_t i = 0; i < first.placeholders.size(); ++i) {
    const Placeholder& left = first.placeholders[i];
    if (left.kind != PlaceholderKind::constant) continue;
    if (!bitwise_equal(left.tensor, second.placeholders[i].tensor)) {
      refuse("The tensor constant '" + left.target + "' has other values");
    }
  }
}

void compare_outputs(const Trace& first, const Trace& second) {
  const std::string left = arguments_text(first.outputs);
  const std::string right = arguments_text(second.outputs);
  if (left != right || first.out_spec != second.out_spec) {
    refuse(c10::str("It first returned (", left, "), then (", right, ")"));
  }
}

}  // namespace

void require_same_again(const ExportCall& call, const Trace& first) {
  const Trace second = trace_again(call);
  compare_nodes(first, second);
  compare_constants(first, second);
  compare_outputs(first, second);
}

}  // namespace roundtrip
