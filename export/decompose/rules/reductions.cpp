#include <limits>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

namespace roundtrip {
namespace {

/// In the inputs' own dtype: a sum of small integers is of 64 bits.
Tensor sum_of_products(const Tensor& x, const Tensor& y, at::IntArrayRef dims) {
  return in_type(at::sum(at::mul(x, y), dims), x.scalar_type());
}

using at::Scalar;
using at::Tensor;
using Dims = std::optional<std::vector<std::int64_t>>;
using Dtype = std::optional<c10::ScalarType>;

at::OptionalIntArrayRef ref(const Dims& dims) {
  return dims ? at::OptionalIntArrayRef(*dims) : std::nullopt;
}

Tensor logsumexp(const Tensor& given, const std::vector<std::int64_t>& dims, bool keepdim) {
  const Tensor x = in_real_type(given);
  if (TORCH_GUARD_OR_FALSE(x.sym_numel().sym_eq(0)))
    return at::log(at::sum(at::exp(x), dims, keepdim));
  const Tensor largest = at::amax(at::real(x), dims, true);
  const Tensor infinite = at::eq(at::abs(largest), std::numeric_limits<double>::infinity());
  const Tensor shift = at::where(infinite, number_like(0.0, largest), largest);
  const Tensor back = keepdim ? shift : at::squeeze(shift, dims);
  return at::add(at::log(at::sum(at::exp(at::sub(x, shift)), dims, keepdim)), back);
}

void add_sums(DecompositionTable& table) {
  table.add("aten::sum", rule([](const Tensor& x, Dtype dtype) {
              return at::sum(x, at::IntArrayRef{}, false, dtype);
            }));
  table.add("aten::nansum", rule([](const Tensor& x, const Dims& dims, bool keepdim, Dtype dtype) {
              const Tensor undefined = at::isnan(x);
              const Tensor numbers = at::where(undefined, number_like(0, x), x);
              return at::sum(numbers, ref(dims), keepdim, dtype);
            }));
  table.add("aten::count_nonzero", rule([](const Tensor& x, std::optional<std::int64_t> dim) {
              const Dims dims = dim ? Dims(std::vector<std::int64_t>{*dim}) : std::nullopt;
              return at::sum(at::ne(x, 0), ref(dims));
            }));
  table.add("aten::mv", opmath_rule([](const Tensor& x, const Tensor& v) {
              return sum_of_products(x, v, at::IntArrayRef{1});
            }));
  table.add("aten::dot", opmath_rule([](const Tensor& x, const Tensor& y) {
              return sum_of_products(x, y, at::IntArrayRef{});
            }));
  table.add("aten::vdot", rule([](const Tensor& x, const Tensor& y) {
              if (!x.is_complex()) return at::dot(x, y);
              return at::sum(at::mul(at::conj_physical(x), y));
            }));
  table.add("aten::trace", rule([](const Tensor& x) {
              return at::sum(at::clone(at::diagonal(x), at::MemoryFormat::Contiguous),
                             at::IntArrayRef{});
            }));
  table.add("aten::logsumexp",
            opmath_rule([](const Tensor& x, const std::vector<std::int64_t>& dims, bool keepdim) {
              return logsumexp(x, dims, keepdim);
            }));
}

/// Of bytes it is a byte.
Tensor truth_of(const Tensor& x, const Tensor& truth) {
  return x.scalar_type() == at::kByte ? in_type(truth, at::kByte) : truth;
}

void add_truth(DecompositionTable& table) {
  table.add("aten::all", rule([](const Tensor& x) {
              const Tensor any = at::any(at::logical_not(x), at::OptionalIntArrayRef());
              return truth_of(x, at::logical_not(any));
            }));
  table.add("aten::all.dim", rule([](const Tensor& x, std::int64_t dim, bool keepdim) {
              const Tensor any = at::any(at::logical_not(x), dim, keepdim);
              return truth_of(x, at::logical_not(any));
            }));
  table.add("aten::aminmax",
            rule([](const Tensor& x, std::optional<std::int64_t> dim, bool keepdim) {
              const std::vector<std::int64_t> dims =
                  dim ? std::vector<std::int64_t>{*dim} : std::vector<std::int64_t>{};
              const Tensor least = at::amin(x, dims, keepdim);
              return std::tuple(least, at::amax(x, dims, keepdim));
            }));
}

void add_variances(DecompositionTable& table) {
  table.add("aten::var", rule([](const Tensor& x, bool unbiased) {
              return at::var(x, at::OptionalIntArrayRef(), Scalar(unbiased ? 1 : 0));
            }));
  table.add("aten::var.dim",
            rule([](const Tensor& x, const Dims& dims, bool unbiased, bool keepdim) {
              return at::var(x, ref(dims), Scalar(unbiased ? 1 : 0), keepdim);
            }));
  table.add("aten::std", opmath_rule([](const Tensor& x, bool unbiased) {
              return at::sqrt(at::var(x, at::OptionalIntArrayRef(), Scalar(unbiased ? 1.0 : 0.0)));
            }));
  table.add("aten::std.dim",
            opmath_rule([](const Tensor& x, const Dims& dims, bool unbiased, bool keepdim) {
              return at::sqrt(at::var(x, ref(dims), Scalar(unbiased ? 1.0 : 0.0), keepdim));
            }));
  table.add("aten::std.correction",
            opmath_rule([](const Tensor& x, const Dims& dims,
                           const std::optional<Scalar>& correction, bool keepdim) {
              const double degrees = correction ? correction->toDouble() : 1.0;
              return at::sqrt(at::var(x, ref(dims), Scalar(degrees), keepdim));
            }));
  table.add("aten::std_mean.correction",
            opmath_rule([](const Tensor& x, const Dims& dims,
                           const std::optional<Scalar>& correction, bool keepdim) {
              const double degrees = correction ? correction->toDouble() : 1.0;
              auto [variance, mean] = at::var_mean(x, ref(dims), Scalar(degrees), keepdim);
              return std::tuple(at::sqrt(variance), mean);
            }));
}

}  // namespace

void add_reduction_rules(DecompositionTable& table) {
  add_sums(table);
  add_truth(table);
  add_variances(table);
}

}  // namespace roundtrip
