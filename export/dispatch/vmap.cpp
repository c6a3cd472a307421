#include <roundtrip/vmap.h>

#include <ATen/ATen.h>
#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/functorch/DynamicLayer.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <unordered_map>

#include "export/capture/recording/recorder.h"
#include "export/dispatch/dispatch.h"
#include "export/dispatch/tensor_values.h"
#include "export/dispatch/vmap_levels.h"
#include "export/tracing/layouts.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

namespace functorch = at::functorch;

const std::string kPredispatch = "torch._functorch.predispatch.";

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

std::int64_t innermost_level() {
  const auto layer = functorch::maybeCurrentDynamicLayer();
  if (!layer) throw ProgramError("a batch dimension is added or removed outside of vmap");
  return layer->layerId();
}

NamedArgument positional(Argument argument) {
  return {"", std::move(argument), ArgumentKind::positional};
}

Argument size_argument(Recorder& recorder, const c10::SymInt& size) {
  const auto plain = size.maybe_as_int();
  return plain ? Argument{*plain} : recorder.number_argument(size.toSymNode());
}

/// Where calls are recorded; null for a program that is decomposed, too.
Recorder* recorder_of_vmap() {
  Recorder* recorder = current_recorder();
  return recorder == nullptr || recorder->layer() != nullptr ? nullptr : recorder;
}

at::Tensor with_dim(const at::Tensor& tensor, std::int64_t level, const c10::SymInt& batch_size,
                    std::int64_t dim) {
  const auto* batched = functorch::maybeGetBatchedImpl(tensor);
  if (batched != nullptr && batched->level() == level) {
    const std::int64_t from = batched->bdim();
    return from == dim ? batched->value() : batched->value().movedim(from, dim);
  }
  std::vector<c10::SymInt> sizes = sizes_of(tensor);
  sizes.insert(sizes.begin() + dim, batch_size);
  return tensor.unsqueeze(dim).expand_symint(sizes);
}

/// `twin` as a tensor of the recorder's, whose sizes are those of `like` but for `change`.
template <typename Change>
at::Tensor with_changed_layout(Recorder& recorder, const at::Tensor& twin, const at::Tensor& like,
                               bool is_symbolic, Change change) {
  if (!is_symbolic) return twin;
  SymbolicLayout layout;
  layout.sizes = sizes_of(like);
  change(layout.sizes);
  layout.strides = strides_in_order_of(twin, layout.sizes);
  return with_layout(twin, layout, recorder.symbols());
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

void enter_vmap(const c10::SymInt& batch_size, const std::string& randomness) {
  const auto type = randomness_type(randomness);
  Recorder* recorder = recorder_of_vmap();
  if (recorder != nullptr) {
    recorder->call_function(kPredispatch + "lazy_load_decompositions", {}, {});
    recorder->call_function(
        kPredispatch + "_vmap_increment_nesting",
        {positional(size_argument(*recorder, batch_size)), positional({randomness})}, {});
  }
  functorch::initAndPushDynamicLayer(
      functorch::TransformType::Vmap,
      recorder == nullptr ? batch_size : c10::SymInt(value_in_this_run(batch_size)), type);
}

void leave_vmap() {
  functorch::popDynamicLayerAndDeleteMetadata();
  if (Recorder* recorder = recorder_of_vmap()) {
    recorder->call_function(kPredispatch + "_vmap_decrement_nesting", {}, {});
  }
}

at::Tensor add_batch_dim(const at::Tensor& tensor, std::int64_t dim) {
  const std::int64_t level = innermost_level();
  const std::int64_t wrapped = c10::maybe_wrap_dim(dim, tensor.dim());
  Recorder* recorder = recorder_of_vmap();
  if (recorder == nullptr) return functorch::addBatchDim(tensor, wrapped, level);
  const at::Tensor own = recorder->local(tensor);
  std::vector<NamedArgument> inputs{positional({TensorArgument{recorder->value_of(own)}}),
                                    positional({wrapped}), positional({level})};
  const WithoutCapture without_capture;
  const at::Tensor hidden = with_changed_layout(
      *recorder, functorch::addBatchDim(twin_of(own), wrapped, level), own,
      symbolic_layout(own) != nullptr,
      [wrapped](std::vector<c10::SymInt>& sizes) { sizes.erase(sizes.begin() + wrapped); });
  return recorder->call_function(kPredispatch + "_add_batch_dim", std::move(inputs), hidden)
      .tensor();
}

at::Tensor remove_batch_dim(const at::Tensor& tensor, const c10::SymInt& batch_size,
                            std::int64_t dim) {
  const std::int64_t level = innermost_level();
  const std::int64_t wrapped = c10::maybe_wrap_dim(dim, tensor.dim() + 1);
  Recorder* recorder = recorder_of_vmap();
  if (recorder == nullptr) return with_dim(tensor, level, batch_size, wrapped);
  const at::Tensor own = recorder->local(tensor);
  std::vector<NamedArgument> inputs{
      positional({TensorArgument{recorder->value_of(own)}}), positional({level}),
      positional(size_argument(*recorder, batch_size)), positional({dim})};
  const WithoutCapture without_capture;
  const at::Tensor shown = with_changed_layout(
      *recorder, with_dim(twin_of(own), level, c10::SymInt(value_in_this_run(batch_size)), wrapped),
      own, symbolic_layout(own) != nullptr || !batch_size.maybe_as_int(),
      [&](std::vector<c10::SymInt>& sizes) { sizes.insert(sizes.begin() + wrapped, batch_size); });
  return recorder->call_function(kPredispatch + "_remove_batch_dim", std::move(inputs), shown)
      .tensor();
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
