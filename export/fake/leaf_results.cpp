#include "export/fake/leaf_results.h"

#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/enum_tag.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "export/dispatch/tensor_values.h"
#include "export/fake/fake_tensor.h"
#include "export/fake/layout_rules.h"
#include "export/operators/facts.h"
#include "export/operators/per_operator.h"
#include "export/operators/schema.h"

namespace roundtrip {
namespace {

using c10::DispatchKey;
using c10::IValue;

/// Those that change in place what a tensor says of its memory.
bool changes_metadata_only(const c10::OperatorName& name) {
  static const std::unordered_set<std::string> kNames = {
      "aten::as_strided_", "aten::squeeze_",  "aten::t_",        "aten::transpose_",
      "aten::unsqueeze_",  "aten::swapaxes_", "aten::swapdims_", "aten::detach_"};
  return kNames.contains(name.name);
}

/// All that it returns are views of arguments.
bool is_view(const c10::FunctionSchema& schema) {
  return !schema.returns().empty() &&
         std::all_of(schema.returns().begin(), schema.returns().end(), [](const auto& result) {
           return result.alias_info() != nullptr && !result.alias_info()->isWrite();
         });
}

bool is_decided_by_data(const c10::OperatorHandle& op) {
  return op.hasTag(at::Tag::data_dependent_output) || op.hasTag(at::Tag::dynamic_output_shape) ||
         op.hasTag(at::Tag::nondeterministic_seeded) || !gives_tensors(op.schema());
}

/// LibTorch's own, and not one that Python, or somebody else, has put in its place. That of `isin`
/// is wrong for a number, which has no dimensions; those of paddings for channels that lie last.
bool has_meta_kernel(const c10::OperatorHandle& op) {
  if (!op.hasKernelForDispatchKey(DispatchKey::Meta)) return false;
  const std::string origin = op.getComputedKernelForDispatchKey(DispatchKey::Meta).debug();
  static const std::unordered_set<std::string> kWrong = {"aten::isin", "aten::replication_pad1d",
                                                         "aten::replication_pad2d",
                                                         "aten::replication_pad3d"};
  return origin.find("/RegisterMeta_") != std::string::npos && !kWrong.contains(op.schema().name());
}

/// `copy_` is a kernel of its own, which knows meta tensors.
bool is_leaf_of_any_device(const c10::OperatorName& name) {
  return name.name == "aten::copy_";
}

LeafFacts find_leaf_facts(const c10::OperatorHandle& op) {
  const c10::FunctionSchema& schema = op.schema();
  const std::string_view name = schema.name();
  if (!name.starts_with("aten::")) return {LeafKind::computed};
  if (find_layout_rule(op) != nullptr) return {LeafKind::known};
  if (is_view(schema) || changes_metadata_only(schema.operator_name())) {
    const bool has_own = op.hasKernelForDispatchKey(DispatchKey::CPU) ||
                         op.hasKernelForDispatchKey(DispatchKey::CompositeExplicitAutograd);
    if (has_own) return {LeafKind::metadata};
  }
  if (is_leaf_of_any_device(schema.operator_name())) return {LeafKind::known};
  if (!op.hasKernelForDispatchKey(DispatchKey::CPU)) {
    for (const DispatchKey key :
         {DispatchKey::CompositeExplicitAutogradNonFunctional,
          DispatchKey::CompositeExplicitAutograd, DispatchKey::CompositeImplicitAutograd}) {
      if (op.hasKernelForDispatchKey(key)) return {LeafKind::composite, key};
    }
    return {LeafKind::computed};
  }
  if (is_decided_by_data(op)) return {LeafKind::computed};
  if (has_meta_kernel(op)) return {LeafKind::known};
  if (schema.is_mutable() || facts_of(op).hidden == HiddenEffect::may_write) {
    return {LeafKind::computed};
  }
  return {LeafKind::kernel, DispatchKey::CPU};
}

/// Arguments as tensors of the meta device, which share memory where the arguments do.
class MetaArguments {
 public:
  IValue of(const IValue& value) {
    if (value.isDevice()) return c10::Device(c10::kMeta);
    return map_tensors(value, [this](const at::Tensor& tensor) { return of(tensor); });
  }

 private:
  at::Tensor of(const at::Tensor& tensor) {
    if (!tensor.defined()) return tensor;
    at::Tensor& known = tensors_[tensor.unsafeGetTensorImpl()];
    if (known.defined()) return known;
    c10::Storage& storage = storages_[tensor.storage().unsafeGetStorageImpl()];
    if (!storage) {
      storage = c10::Storage(c10::Storage::use_byte_size_t(), tensor.storage().nbytes(),
                             c10::DataPtr(nullptr, c10::kMeta), c10::GetAllocator(c10::kMeta),
                             /*resizable=*/true);
    }
    known = at::detail::make_tensor<c10::TensorImpl>(
        c10::Storage(storage), c10::DispatchKeySet(DispatchKey::Meta), tensor.dtype());
    c10::TensorImpl& impl = *known.unsafeGetTensorImpl();
    impl.set_sizes_and_strides(tensor.sizes(), tensor.strides(), tensor.storage_offset());
    if (tensor.unsafeGetTensorImpl()->is_wrapped_number()) impl.set_wrapped_number(true);
    return known;
  }

  std::unordered_map<const c10::TensorImpl*, at::Tensor> tensors_;
  std::unordered_map<const c10::StorageImpl*, c10::Storage> storages_;
};

/// An operator that makes a tensor where nothing says on which device does so on the CPU.
torch::jit::Stack on_meta_device(const c10::FunctionSchema& schema,
                                 const torch::jit::Stack& arguments, MetaArguments& meta) {
  torch::jit::Stack stack;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool is_device = schema.arguments()[i].name() == "device";
    stack.push_back(is_device ? IValue(c10::Device(c10::kMeta)) : meta.of(arguments[i]));
  }
  return stack;
}

/// Nothing for a tensor that is no plain one.
std::optional<at::Tensor> fake_of(const at::Tensor& meta) {
  if (!meta.defined()) return meta;
  if (meta.layout() != at::kStrided || !meta.has_storage() || meta.is_conj() || meta.is_neg()) {
    return std::nullopt;
  }
  return make_fake(layout_of(meta));
}

std::optional<IValue> fake_result(const IValue& result) {
  if (result.isTensor()) {
    auto fake = fake_of(result.toTensor());
    return fake ? std::optional<IValue>(std::move(*fake)) : std::nullopt;
  }
  if (!result.isTensorList()) return std::nullopt;
  c10::List<at::Tensor> tensors;
  for (const at::Tensor& tensor : result.toTensorVector()) {
    auto fake = fake_of(tensor);
    if (!fake) return std::nullopt;
    tensors.push_back(std::move(*fake));
  }
  return tensors;
}

/// What an argument that is written to becomes: itself, or a new tensor if it is empty and the
/// operator makes it larger.
std::optional<at::Tensor> written_result(const at::Tensor& argument, const TensorLayout& layout) {
  if (layout_of(argument) == layout) return argument;
  const bool is_new = argument.storage().nbytes() == 0 && argument.storage().use_count() == 1 &&
                      argument.scalar_type() == layout.dtype;
  return is_new ? std::optional(make_fake(layout)) : std::nullopt;
}

/// By the operator's kernel for the meta device, which is LibTorch's for all devices where it
/// says what the results' sizes are.
std::optional<torch::jit::Stack> by_meta_kernel(const c10::OperatorHandle& op,
                                                const torch::jit::Stack& arguments) {
  const c10::FunctionSchema& schema = op.schema();
  MetaArguments meta;
  const torch::jit::Stack given = on_meta_device(schema, arguments, meta);
  torch::jit::Stack stack = given;
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  op.callBoxed(&stack);
  for (std::size_t i = 0; i < stack.size(); ++i) {
    if (const auto written = written_argument(schema, schema.returns()[i])) {
      if (!arguments[*written].isTensor()) return std::nullopt;
      auto result =
          written_result(arguments[*written].toTensor(), layout_of(given[*written].toTensor()));
      if (!result) return std::nullopt;
      stack[i] = std::move(*result);
      continue;
    }
    auto fake = fake_result(stack[i]);
    if (!fake) return std::nullopt;
    stack[i] = std::move(*fake);
  }
  return stack;
}

std::optional<torch::jit::Stack> by_rule(LayoutRule rule, const c10::OperatorHandle& op,
                                         const torch::jit::Stack& arguments) {
  const auto layouts = rule(arguments);
  if (!layouts) return std::nullopt;
  torch::jit::Stack stack;
  for (std::size_t i = 0; i < layouts->size(); ++i) {
    const TensorLayout& layout = (*layouts)[i];
    const auto written = written_argument(op.schema(), op.schema().returns()[i]);
    auto result = written ? written_result(arguments[*written].toTensor(), layout)
                          : std::optional(make_fake(layout));
    if (!result) return std::nullopt;
    stack.emplace_back(std::move(*result));
  }
  return stack;
}

}  // namespace

const LeafFacts& leaf_facts(const c10::OperatorHandle& op) {
  static auto& facts = *new PerOperator<LeafFacts>(find_leaf_facts);
  return facts.of(op);
}

std::optional<torch::jit::Stack> leaf_results(const c10::OperatorHandle& op,
                                              const torch::jit::Stack& arguments) {
  if (const LayoutRule rule = find_layout_rule(op)) return by_rule(rule, op, arguments);
  return by_meta_kernel(op, arguments);
}

}  // namespace roundtrip
