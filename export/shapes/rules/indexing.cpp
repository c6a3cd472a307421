#include <algorithm>

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
Sizes indexed_sizes(const Call& call) {
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
  return result;
}

Shapes index(const Call& call) {
  return {of_sizes(indexed_sizes(call))};
}

bool has_mask(const Call& call) {
  const auto indices = call.tensors("indices");
  return std::any_of(indices.begin(), indices.end(),
                     [](const at::Tensor& index) { return index.defined() && is_mask(index); });
}

/// The values are expanded to what is indexed. How much a mask indexes, data decides.
Shapes index_put(const Call& call) {
  if (!has_mask(call)) {
    check_expands(call.tensor("values").sym_sizes(), indexed_sizes(call), "values of index_put");
  }
  return as_first(call);
}

/// The source has as many rows as there are indices.
Shapes index_add(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  if (!sizes.empty()) {
    sizes[dim_of(call)] = call.tensor("index").sym_numel();
    check_equal(call.tensor("source").sym_sizes(), sizes, "the source of indexed rows");
  }
  return as_first(call);
}

Shapes put(const Call& call) {
  check_equal(call.tensor("index").sym_numel(), call.tensor("source").sym_numel(),
              "numbers and places");
  return as_first(call);
}

bool is_empty(c10::SymIntArrayRef sizes) {
  return std::any_of(sizes.begin(), sizes.end(),
                     [](const c10::SymInt& size) { return size.maybe_as_int() == 0; });
}

/// An index is no larger than what it indexes, but for the dimension. One without elements may have
/// any sizes.
void check_index_fits(const Call& call) {
  const auto own = call.tensor(std::size_t{0}).sym_sizes();
  const auto index = call.tensor("index").sym_sizes();
  if (own.empty() || index.empty() || is_empty(index)) return;
  TORCH_CHECK(own.size() == index.size(), "an index of another rank");
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (i != dim_of(call)) check_at_most(index[i], own[i], "an index");
  }
}

Shapes scatter(const Call& call) {
  check_index_fits(call);
  const auto source = call.optional_tensor("src");
  const auto index = call.tensor("index").sym_sizes();
  if (source && !is_empty(index)) {
    TORCH_CHECK(source->dim() == static_cast<std::int64_t>(index.size()) || index.empty(),
                "a source of another rank");
    for (std::size_t i = 0; i < index.size(); ++i) {
      check_at_most(index[i], source->sym_sizes()[i], "an index");
    }
  }
  return as_first(call);
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

Shapes gather(const Call& call) {
  check_index_fits(call);
  return as_index(call);
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
  const auto repeats = call.tensor("repeats").sym_sizes();
  if (!call.has("dim")) {
    check_repeats(repeats, product(sizes));
    return {of_sizes({*output_size})};
  }
  c10::SymInt& size = sizes[wrap_dim(call.integer("dim"), sizes.size())];
  check_repeats(repeats, size);
  size = *output_size;
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
  Sizes rows = sizes_of(gradient);
  rows.pop_back();
  check_equal(product(rows), call.tensor("indices").sym_numel(), "an embedding's gradient");
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
  const auto factors = call.optional_tensor("per_sample_weights");
  if (factors) {
    check_equal(factors->sym_sizes(), indices.sym_sizes(), "weights of samples");
  }
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

/// Sorted rows are one for all values, or one for each row of them.
Shapes searchsorted(const Call& call) {
  const at::Tensor& sorted = call.tensor("sorted_sequence");
  const auto input = call.optional_tensor("self");
  if (input && sorted.dim() > 1) {
    const auto drop = [](const at::Tensor& tensor) {
      return tensor.sym_sizes().slice(0, static_cast<std::size_t>(tensor.dim()) - 1);
    };
    TORCH_CHECK(input->dim() == sorted.dim(), "values of another rank");
    check_equal(drop(*input), drop(sorted), "rows of values and of sorted ones");
  }
  const auto order = call.optional_tensor("sorter");
  if (order) {
    check_equal(order->sym_sizes(), sorted.sym_sizes(), "a sequence and its order");
  }
  return bucketize(call);
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

Shapes select_scatter(const Call& call) {
  Sizes part = sizes_of(call.tensor(std::size_t{0}));
  part.erase(part.begin() + static_cast<std::ptrdiff_t>(dim_of(call)));
  check_equal(call.tensor("src").sym_sizes(), part, "the source of select_scatter");
  return scattered(call);
}

Shapes slice_scatter(const Call& call) {
  Sizes part = sizes_of(call.tensor(std::size_t{0}));
  const c10::SymIntArrayRef source = call.tensor("src").sym_sizes();
  const std::size_t dim = dim_of(call);
  TORCH_CHECK(source.size() == part.size(), "a source of another rank");
  const auto slice = slice_part(part[dim], call.optional_size("start"), call.optional_size("end"),
                                call.size("step"));
  part[dim] = slice ? slice->length : source[dim];
  check_equal(source, part, "the source of slice_scatter");
  return scattered(call);
}

Shapes diagonal_scatter(const Call& call) {
  Sizes part = sizes_of(call.tensor(std::size_t{0}));
  const std::size_t rows = wrap_dim(call.integer("dim1"), part.size());
  const std::size_t columns = wrap_dim(call.integer("dim2"), part.size());
  const c10::SymInt length = diagonal_length(part[rows], part[columns], call.integer("offset"));
  part.erase(part.begin() + static_cast<std::ptrdiff_t>(std::max(rows, columns)));
  part.erase(part.begin() + static_cast<std::ptrdiff_t>(std::min(rows, columns)));
  part.push_back(length);
  check_equal(call.tensor("src").sym_sizes(), part, "the source of diagonal_scatter");
  return scattered(call);
}

Shapes as_strided_scatter(const Call& call) {
  check_equal(call.tensor("src").sym_sizes(), call.sizes("size"),
              "the source of as_strided_scatter");
  return scattered(call);
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
    {"gather", gather},
    {"take", as_index},
    {"scatter", scatter},
    {"scatter_add", scatter},
    {"scatter_reduce", scatter},
    {"index_put", index_put},
    {"_unsafe_index_put", index_put},
    {"index_add", index_add},
    {"index_copy", index_add},
    {"index_fill", as_first},
    {"index_reduce", index_add},
    {"put", put},
    {"select_scatter", select_scatter},
    {"slice_scatter", slice_scatter},
    {"diagonal_scatter", diagonal_scatter},
    {"as_strided_scatter", as_strided_scatter},
    {"embedding", embedding},
    {"embedding_renorm", as_first},
    {"embedding_dense_backward", embedding_dense_backward},
    {"_embedding_bag", embedding_bag},
    {"_embedding_bag_forward_only", embedding_bag},
    {"bucketize", bucketize},
    {"searchsorted", searchsorted},
    {"diag_embed", diag_embed},
    {"diag", diag},
    {"embedding_bag", embedding_bag},
};

}  // namespace

RuleTable indexing_rules() {
  return kIndexingRules;
}

}  // namespace roundtrip::shapes
