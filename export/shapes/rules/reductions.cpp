#include <algorithm>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

/// Which dimensions go: those of `dim`, or all if there are none of it.
std::vector<bool> reduced_dims(const Call& call, std::size_t rank) {
  const auto dims = call.integers("dim");
  std::vector<bool> reduced(rank, dims.empty());
  for (const std::int64_t dim : dims) {
    const std::size_t i = wrap_dim(dim, rank);
    if (i < rank) reduced[i] = true;
  }
  return reduced;
}

Sizes reduced_sizes(const Call& call) {
  const auto own = call.tensor(std::size_t{0}).sym_sizes();
  const auto reduced = reduced_dims(call, own.size());
  const bool keep = call.flag("keepdim");
  Sizes sizes;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (!reduced[i]) sizes.push_back(own[i]);
    if (reduced[i] && keep) sizes.emplace_back(1);
  }
  return sizes;
}

Shapes of_dtype(const Call& call, at::ScalarType dtype) {
  return Shapes(call.return_count(), of_sizes(reduced_sizes(call), dtype));
}

at::ScalarType own_dtype(const Call& call) {
  return call.dtype().value_or(call.tensor(std::size_t{0}).scalar_type());
}

Shapes reduction(const Call& call) {
  return of_dtype(call, own_dtype(call));
}

/// Sums of integers are 64 bits wide.
Shapes sum(const Call& call) {
  const at::ScalarType own = own_dtype(call);
  const bool widens = !call.dtype() && at::isIntegralType(own, true);
  return of_dtype(call, widens ? at::kLong : own);
}

Shapes to_bool(const Call& call) {
  return of_dtype(call, at::kBool);
}

Shapes to_index(const Call& call) {
  return of_dtype(call, at::kLong);
}

/// Values and where they are; of the whole tensor, values alone.
Shapes with_index(const Call& call) {
  Shapes shapes = reduction(call);
  if (shapes.size() == 2) shapes[1].dtype = at::kLong;
  return shapes;
}

Shapes scan(const Call& call) {
  Shape shape = like(call.tensor(std::size_t{0}));
  shape.dtype = own_dtype(call);
  return Shapes(call.return_count(), shape);
}

Shapes scan_with_index(const Call& call) {
  Shapes shapes = scan(call);
  shapes.back().dtype = at::kLong;
  return shapes;
}

Shapes trace(const Call&) {
  return {of_sizes({})};
}

Shapes distance(const Call& call) {
  broadcast({sizes_of(call.tensor(std::size_t{0})), sizes_of(call.tensor(1))});
  return {of_sizes({})};
}

/// The size of `q`, if it is a list of them, before what is left.
Shapes quantile(const Call& call) {
  Sizes sizes = reduced_sizes(call);
  const auto q = call.optional_tensor("q");
  if (q && q->dim() == 1) sizes.insert(sizes.begin(), q->sym_size(0));
  return {of_sizes(std::move(sizes))};
}

Shapes segments(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const std::size_t axis = wrap_dim(call.integer("axis"), sizes.size());
  const auto lengths = call.optional_tensor("lengths");
  const at::Tensor bounds = lengths ? *lengths : call.tensor("offsets");
  const c10::SymInt count = bounds.sym_size(static_cast<std::int64_t>(axis));
  sizes[axis] = lengths ? count : count - 1;
  return {of_sizes(std::move(sizes))};
}

/// One for each dimension that is asked for.
Shapes gradient(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  const std::size_t dims = call.integers("dim").size();
  return Shapes(dims == 0 ? static_cast<std::size_t>(self.dim()) : dims, of_sizes(sizes_of(self)));
}

Shapes histogram(const Call& call) {
  return {of_sizes({call.size("bins")})};
}

constexpr NamedRule kReductionsRules[] = {
    {"sum", sum},
    {"nansum", sum},
    {"prod", sum},
    {"mean", reduction},
    {"nanmean", reduction},
    {"var", reduction},
    {"std", reduction},
    {"var_mean", reduction},
    {"std_mean", reduction},
    {"amax", reduction},
    {"amin", reduction},
    {"aminmax", reduction},
    {"logsumexp", reduction},
    {"special_logsumexp", reduction},
    {"norm", reduction},
    {"linalg_vector_norm", reduction},
    {"all", to_bool},
    {"any", to_bool},
    {"count_nonzero", to_index},
    {"argmax", to_index},
    {"argmin", to_index},
    {"max", with_index},
    {"min", with_index},
    {"median", with_index},
    {"nanmedian", with_index},
    {"mode", with_index},
    {"kthvalue", with_index},
    {"cumsum", scan},
    {"cumprod", scan},
    {"logcumsumexp", scan},
    {"cummax", scan_with_index},
    {"cummin", scan_with_index},
    {"trace", trace},
    {"dist", distance},
    {"histc", histogram},
    {"gradient", gradient},
    {"quantile", quantile},
    {"nanquantile", quantile},
    {"segment_reduce", segments},
    {"hash_tensor", reduction},
    {"linalg_matrix_norm", reduction},
    {"renorm", scan},
};

}  // namespace

RuleTable reduction_rules() {
  return kReductionsRules;
}

}  // namespace roundtrip::shapes
