#include <roundtrip/vmap.h>

#include <ATen/ATen.h>
#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/functorch/DynamicLayer.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <unordered_map>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/tensor_values.h"
#include "export/dispatch/vmap_levels.h"

namespace roundtrip {
namespace {

namespace functorch = at::functorch;

functorch::RandomnessType randomness_type(const std::string& name) {
  static const std::unordered_map<std::string, functorch::RandomnessType> kTypes = {
      {"error", functorch::RandomnessType::Error},
      {"same", functorch::RandomnessType::Same},
      {"different", functorch::RandomnessType::Different}};
  const auto type = kTypes.find(name);
  if (type != kTypes.end()) return type->second;
  throw InputError("Only allowed values for randomness are 'error', 'different', or 'same'. Got " +
                   name);
}

/// Sizes of the tensors' mapped dimensions, which must be the same.
c10::SymInt batch_size_of(const Values& leaves,
                          const std::vector<std::optional<std::int64_t>>& dims) {
  std::optional<c10::SymInt> size;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!dims[i]) continue;
    if (!leaves[i].is_tensor() || leaves[i].tensor().dim() == 0) {
      throw InputError("vmap: argument " + std::to_string(i) +
                       " has no dimension to map along: pass std::nullopt as its in_dim");
    }
    const c10::SymInt own = leaves[i].tensor().sym_size(*dims[i]);
    if (size && *size != own) {
      throw InputError(
          c10::str("vmap: Expected all tensors to have the same size in the mapped "
                   "dimension, got sizes ",
                   *size, " and ", own));
    }
    size = own;
  }
  if (!size) throw InputError("vmap: at least one argument must be mapped");
  return *size;
}

}  // namespace

std::int64_t innermost_vmap_level() {
  const auto layer = functorch::maybeCurrentDynamicLayer();
  if (!layer) throw ProgramError("a batch dimension is added or removed outside of vmap");
  return layer->layerId();
}

void push_vmap(const c10::SymInt& batch_size, const std::string& randomness) {
  functorch::initAndPushDynamicLayer(functorch::TransformType::Vmap, batch_size,
                                     randomness_type(randomness));
}

void pop_vmap() {
  functorch::popDynamicLayerAndDeleteMetadata();
}

at::Tensor hide_batch_dim(const at::Tensor& tensor, std::int64_t dim) {
  return functorch::addBatchDim(tensor, c10::maybe_wrap_dim(dim, tensor.dim()),
                                innermost_vmap_level());
}

at::Tensor show_batch_dim(const at::Tensor& tensor, const c10::SymInt& batch_size,
                          std::int64_t dim) {
  const std::int64_t level = innermost_vmap_level();
  const std::int64_t to = c10::maybe_wrap_dim(dim, tensor.dim() + 1);
  const auto* batched = functorch::maybeGetBatchedImpl(tensor);
  if (batched != nullptr && batched->level() == level) {
    const std::int64_t from = batched->bdim();
    return from == to ? batched->value() : batched->value().movedim(from, to);
  }
  std::vector<c10::SymInt> sizes = tensor.sym_sizes().vec();
  sizes.insert(sizes.begin() + to, batch_size);
  return tensor.unsqueeze(to).expand_symint(sizes);
}

void enter_vmap(const c10::SymInt& batch_size, const std::string& randomness) {
  CaptureHandler* handler = current_handler();
  if (handler != nullptr) return handler->enter_vmap(batch_size, randomness);
  push_vmap(batch_size, randomness);
}

void leave_vmap() {
  CaptureHandler* handler = current_handler();
  handler != nullptr ? handler->leave_vmap() : pop_vmap();
}

at::Tensor add_batch_dim(const at::Tensor& tensor, std::int64_t dim) {
  CaptureHandler* handler = current_handler();
  return handler != nullptr ? handler->add_batch_dim(tensor, dim) : hide_batch_dim(tensor, dim);
}

at::Tensor remove_batch_dim(const at::Tensor& tensor, const c10::SymInt& batch_size,
                            std::int64_t dim) {
  CaptureHandler* handler = current_handler();
  return handler != nullptr ? handler->remove_batch_dim(tensor, batch_size, dim)
                            : show_batch_dim(tensor, batch_size, dim);
}

bool vmap_is_active() {
  return functorch::maybeCurrentDynamicLayer().has_value();
}

bool any_batched(const torch::jit::Stack& stack, std::size_t count) {
  bool found = false;
  for (std::size_t i = stack.size() - count; i < stack.size() && !found; ++i) {
    visit_tensors(stack[i], [&](const at::Tensor& tensor) {
      found |= tensor.defined() && functorch::isBatchedTensor(tensor);
    });
  }
  return found;
}

void call_batched(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  c10::DispatchKeySet keys;
  for (std::size_t i = stack.size() - op.schema().arguments().size(); i < stack.size(); ++i) {
    visit_tensors(stack[i], [&](const at::Tensor& tensor) {
      if (tensor.defined()) keys = keys | tensor.key_set();
    });
  }
  // Behind the capture's own keys. The last one only looks after random numbers.
  const c10::DispatchKeySet behind(c10::DispatchKeySet::FULL_AFTER,
                                   c10::DispatchKey::TESTING_ONLY_GenericWrapper);
  op.redispatchBoxed(
      c10::impl::computeDispatchKeySet(keys, behind).remove(c10::DispatchKey::FuncTorchVmapMode),
      &stack);
}

VmapDepth::VmapDepth() : depth_(functorch::getDynamicLayerStack().size()) {
}

VmapDepth::~VmapDepth() {
  while (functorch::getDynamicLayerStack().size() > depth_) {
    functorch::popDynamicLayerAndDeleteMetadata();
  }
}

Value detail::vmap(const GraphFunction& function, const Values& args, const VmapOptions& options) {
  if (!options.in_dims.empty() && options.in_dims.size() != args.size()) {
    throw InputError("vmap: in_dims has another length than the arguments");
  }
  TreeSpec spec;
  Values leaves = tree_flatten(Value::list(args), &spec);
  std::vector<std::optional<std::int64_t>> dims;
  for (std::size_t i = 0; i < args.size(); ++i) {
    dims.resize(dims.size() + tree_flatten(args[i]).size(),
                options.in_dims.empty() ? std::int64_t{0} : options.in_dims[i]);
  }
  const c10::SymInt batch_size = batch_size_of(leaves, dims);
  const VmapDepth depth;
  enter_vmap(batch_size, options.randomness);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (dims[i]) leaves[i] = add_batch_dim(leaves[i].tensor(), *dims[i]);
  }
  TreeSpec result_spec;
  Values results = tree_flatten(function(tree_unflatten(std::move(leaves), spec).container().items),
                                &result_spec);
  for (Value& result : results) {
    if (!result.is_tensor()) throw InputError("vmap: the function must return tensors only");
    result = remove_batch_dim(result.tensor(), batch_size, options.out_dim);
  }
  leave_vmap();
  return tree_unflatten(std::move(results), result_spec);
}

}  // namespace roundtrip
