#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

std::size_t dim_of(const Call& call) {
  return wrap_dim(call.integer("dim"), static_cast<std::size_t>(call.tensor(std::size_t{0}).dim()));
}

bool is_mask(const at::Tensor& index) {
  return index.scalar_type() == at::kBool || index.scalar_type() == at::kByte;
}

/// NumPy's rule: the dimensions indexed become those of the broadcast indices, in place
/// if they stand side by side, in front otherwise.
Shapes index(const Call& call) {
  const Sizes own = sizes_of(call.tensor(std::size_t{0}));
  const auto indices = call.tensors("indices");
  std::vector<Sizes> used;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!indices[i].defined()) continue;
    TORCH_CHECK_NOT_IMPLEMENTED(!is_mask(indices[i]), "an index by a mask, which data decides");
    used.push_back(sizes_of(indices[i]));
    positions.push_back(i);
  }
  const Sizes found = broadcast(used);
  const bool adjacent =
      !positions.empty() && positions.back() - positions.front() + 1 == positions.size();
  Sizes result;
  if (!adjacent) result = found;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const bool indexed = i < indices.size() && indices[i].defined();
    if (!indexed) result.push_back(own[i]);
    if (indexed && adjacent && i == positions.front()) {
      result.insert(result.end(), found.begin(), found.end());
    }
  }
  return {of_sizes(std::move(result))};
}

Shapes index_select(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const at::Tensor& index = call.tensor("index");
  if (!sizes.empty()) sizes[dim_of(call)] = index.sym_numel();
  return {of_sizes(std::move(sizes))};
}

Shapes as_index(const Call& call) {
  return {of_sizes(sizes_of(call.tensor("index")), call.tensor(std::size_t{0}).scalar_type())};
}

/// Sizes of input and index are broadcast, but for the dimension; without one, both are flat.
Shapes take_along_dim(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  const at::Tensor& index = call.tensor("indices");
  if (!call.has("dim")) return {of_sizes({index.sym_numel()}, self.scalar_type())};
  Sizes sizes = sizes_of(self);
  const std::size_t dim = wrap_dim(call.integer("dim"), sizes.size());
  sizes[dim] = index.sym_sizes()[dim];
  return {of_sizes(broadcast({std::move(sizes), sizes_of(index)}), self.scalar_type())};
}

Shapes nonzero_static(const Call& call) {
  return {of_sizes({call.size("size"), call.tensor(std::size_t{0}).dim()}, at::kLong)};
}

Shapes repeat_interleave(const Call& call) {
  const auto output_size = call.optional_size("output_size");
  TORCH_CHECK_NOT_IMPLEMENTED(output_size, "repeat_interleave whose size the data tells");
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  if (!call.has("dim")) return {of_sizes({*output_size})};
  sizes[wrap_dim(call.integer("dim"), sizes.size())] = *output_size;
  return {of_sizes(std::move(sizes))};
}

Shapes embedding(const Call& call) {
  Sizes sizes = sizes_of(call.tensor("indices"));
  const at::Tensor& weight = call.tensor("weight");
  sizes.push_back(weight.sym_size(1));
  return {of_sizes(std::move(sizes), weight.scalar_type())};
}

Shapes embedding_dense_backward(const Call& call) {
  const at::Tensor& gradient = call.tensor("grad_output");
  return {of_sizes({call.size("num_weights"), gradient.sym_size(gradient.dim() - 1)})};
}

enum BagMode { kSum = 0, kMean = 1, kMax = 2 };

/// The bags, and three tensors for the backward pass, as LibTorch's CPU kernel makes them.
Shapes embedding_bag(const Call& call) {
  const at::Tensor& weight = call.tensor("weight");
  const at::Tensor& indices = call.tensor("indices");
  const at::Tensor& offsets = call.tensor("offsets");
  const c10::SymInt columns = weight.sym_size(1);
  c10::SymInt bags = offsets.sym_size(0);
  if (indices.dim() == 2) bags = indices.sym_size(0);
  const bool last_is_end = call.flag("include_last_offset");
  const c10::SymInt count = last_is_end ? bags - 1 : bags;
  const std::int64_t mode = call.integer("mode");
  const at::ScalarType index_type = indices.scalar_type();
  const std::string& name = call.schema().name();
  const bool whole = name == "aten::embedding_bag";  // of the composite operator, -1 is an index
  const bool pads = whole ? call.has("padding_idx") : call.integer("padding_idx", -1) >= 0;
  const bool needs_bags = mode != kSum || pads || call.optional_tensor("per_sample_weights");
  const Sizes of_bag = needs_bags ? Sizes{indices.sym_size(0)} : Sizes{0};
  const bool without_gradient =
      name.ends_with("_forward_only") || (whole && !weight.requires_grad());
  if (!without_gradient || mode != kSum) bags = count;
  const Sizes of_max = mode == kMax ? Sizes{count, columns} : Sizes{bags};
  return {of_sizes({count, columns}, weight.scalar_type()), of_sizes(of_bag, index_type),
          of_sizes({bags}, index_type), of_sizes(of_max, index_type)};
}

/// The input's sizes: where each value lies among sorted ones.
Shapes bucketize(const Call& call) {
  const auto input = call.optional_tensor("self");
  return {
      of_sizes(input ? sizes_of(*input) : Sizes{}, call.flag("out_int32") ? at::kInt : at::kLong)};
}

/// A square matrix for each row, in the dimensions `dim1` and `dim2`.
Shapes diag_embed(const Call& call) {
  Sizes rest = sizes_of(call.tensor(std::size_t{0}));
  const c10::SymInt side = rest.back() + std::abs(call.integer("offset"));
  rest.pop_back();
  const std::size_t rank = rest.size() + 2;
  const std::size_t first = wrap_dim(call.integer("dim1"), rank);
  const std::size_t second = wrap_dim(call.integer("dim2"), rank);
  Sizes sizes;
  for (std::size_t i = 0, next = 0; i < rank; ++i) {
    sizes.push_back(i == first || i == second ? side : rest[next++]);
  }
  return {of_sizes(std::move(sizes))};
}

/// A matrix of a vector, a vector of a matrix.
Shapes diag(const Call& call) {
  const Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const std::int64_t shift = call.integer("diagonal");
  if (sizes.size() == 1) {
    const c10::SymInt side = sizes[0] + std::abs(shift);
    return {of_sizes({side, side})};
  }
  return {of_sizes({diagonal_length(sizes.at(0), sizes.at(1), shift)})};
}

/// A copy of the first argument with its very strides and storage offset, gaps too, as long as
/// no two elements of it are known to share memory.
Shapes scattered(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  for (std::int64_t i = 0; i < self.dim(); ++i) {
    const bool is_repeated = self.sym_stride(i).maybe_as_int() == 0;
    if (is_repeated && TORCH_GUARD_OR_FALSE(self.sym_size(i).sym_gt(1))) return as_first(call);
  }
  return {same_layout(self)};
}

constexpr NamedRule kIndexingRules[] = {
    {"index.Tensor", index},
    {"_unsafe_index.Tensor", index},
    {"_unsafe_masked_index", index},
    {"_unsafe_masked_index_put_accumulate", as_first},
    {"take_along_dim", take_along_dim},
    {"nonzero_static", nonzero_static},
    {"repeat_interleave.self_Tensor", repeat_interleave},
    {"index_select", index_select},
    {"gather", as_index},
    {"take", as_index},
    {"scatter", as_first},
    {"scatter_add", as_first},
    {"scatter_reduce", as_first},
    {"index_put", as_first},
    {"_unsafe_index_put", as_first},
    {"index_add", as_first},
    {"index_copy", as_first},
    {"index_fill", as_first},
    {"index_reduce", as_first},
    {"put", as_first},
    {"select_scatter", scattered},
    {"slice_scatter", scattered},
    {"diagonal_scatter", scattered},
    {"as_strided_scatter", scattered},
    {"embedding", embedding},
    {"embedding_renorm", as_first},
    {"embedding_dense_backward", embedding_dense_backward},
    {"_embedding_bag", embedding_bag},
    {"_embedding_bag_forward_only", embedding_bag},
    {"bucketize", bucketize},
    {"searchsorted", bucketize},
    {"diag_embed", diag_embed},
    {"diag", diag},
    {"embedding_bag", embedding_bag},
};

}  // namespace

RuleTable indexing_rules() {
  return kIndexingRules;
}

}  // namespace roundtrip::shapes
