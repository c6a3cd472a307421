#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

const c10::SymInt& last(const Sizes& sizes, std::size_t from_end) {
  TORCH_CHECK(from_end <= sizes.size(), "a matrix product of too few dimensions");
  return sizes[sizes.size() - from_end];
}

constexpr const char* kInner = "the inner dimensions of a matrix product";

Shapes matrix_product(const Sizes& a, const Sizes& b) {
  TORCH_CHECK(a.size() == 2 && b.size() == 2, "mm takes matrices");
  check_equal(a[1], b[0], kInner);
  return {of_sizes({a[0], b[1]})};
}

Shapes mm(const Call& call) {
  return matrix_product(sizes_of(call.tensor(std::size_t{0})), sizes_of(call.tensor(1)));
}

/// What is added, the first argument, is expanded to the product.
Shapes added(const Call& call, Shapes product) {
  check_expands(call.tensor(std::size_t{0}).sym_sizes(), product[0].sizes,
                "what is added to a product");
  return product;
}

Shapes addmm(const Call& call) {
  Shapes shapes = matrix_product(sizes_of(call.tensor(1)), sizes_of(call.tensor(2)));
  shapes[0].dtype = call.tensor(1).scalar_type();
  return added(call, std::move(shapes));
}

Shapes batch_product(const Sizes& a, const Sizes& b) {
  TORCH_CHECK(a.size() == 3 && b.size() == 3, "bmm takes batches of matrices");
  check_equal(a[0], b[0], "the batches of a matrix product");
  check_equal(a[2], b[1], kInner);
  return {of_sizes({a[0], a[1], b[2]})};
}

Shapes bmm(const Call& call) {
  return batch_product(sizes_of(call.tensor(std::size_t{0})), sizes_of(call.tensor(1)));
}

Shapes baddbmm(const Call& call) {
  return added(call, batch_product(sizes_of(call.tensor(1)), sizes_of(call.tensor(2))));
}

Shapes addbmm(const Call& call) {
  Shapes shapes = batch_product(sizes_of(call.tensor(1)), sizes_of(call.tensor(2)));
  shapes[0].sizes.erase(shapes[0].sizes.begin());
  return added(call, std::move(shapes));
}

Shapes vector_product(const Sizes& a, const Sizes& b) {
  check_equal(last(a, 1), last(b, 1), kInner);
  return {of_sizes(Sizes(a.begin(), a.end() - 1))};
}

Shapes mv(const Call& call) {
  return vector_product(sizes_of(call.tensor(std::size_t{0})), sizes_of(call.tensor(1)));
}

Shapes addmv(const Call& call) {
  return added(call, vector_product(sizes_of(call.tensor(1)), sizes_of(call.tensor(2))));
}

Shapes outer(const Call& call) {
  return {of_sizes({call.tensor(std::size_t{0}).sym_size(0), call.tensor(1).sym_size(0)})};
}

Shapes addr(const Call& call) {
  return added(call, {of_sizes({call.tensor(1).sym_size(0), call.tensor(2).sym_size(0)})});
}

/// Both as matrices with the batch's dimensions before them, which broadcast.
Shapes matmul(const Call& call) {
  const Sizes a = sizes_of(call.tensor(std::size_t{0}));
  const Sizes b = sizes_of(call.tensor(1));
  TORCH_CHECK(!a.empty() && !b.empty(), "matmul of a scalar");
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  const auto batch = [](const Sizes& sizes) {
    return Sizes(sizes.begin(), sizes.size() > 2 ? sizes.end() - 2 : sizes.begin());
  };
  Sizes result = batch(a);
  if (a.size() > 2 && b.size() > 2) result = broadcast({batch(a), batch(b)});
  if (a.size() <= 2) result = batch(b);
  check_equal(last(a, 1), column ? b[0] : last(b, 2), kInner);
  if (!row) result.push_back(last(a, 2));
  if (!column) result.push_back(last(b, 1));
  return {of_sizes(std::move(result))};
}

Shapes linear(const Call& call) {
  Sizes result = sizes_of(call.tensor(std::size_t{0}));
  const Sizes weight = sizes_of(call.tensor(1));
  check_equal(last(result, 1), last(weight, 1), kInner);
  result.pop_back();
  if (weight.size() == 2) result.push_back(weight[0]);
  const auto bias = call.optional_tensor("bias");
  if (bias) check_expands(bias->sym_sizes(), result, "the bias of linear");
  return {of_sizes(std::move(result))};
}

Shapes bilinear(const Call& call) {
  Sizes result = sizes_of(call.tensor(std::size_t{0}));
  const Sizes second = sizes_of(call.tensor(1));
  const Sizes weight = sizes_of(call.tensor(2));
  for (std::size_t i = 0; i + 1 < result.size(); ++i) {
    check_equal(result[i], second.at(i), "bilinear's inputs");
  }
  check_equal(last(result, 1), weight.at(1), kInner);
  check_equal(last(second, 1), weight.at(2), kInner);
  result.back() = weight[0];
  check_vector(call, "bias", weight[0]);
  return {of_sizes(std::move(result))};
}

Shapes dot_product(const Call& call) {
  const Sizes a = sizes_of(call.tensor(std::size_t{0}));
  check_equal(last(a, 1), call.tensor(1).sym_size(0), kInner);
  return {of_sizes({})};
}

/// Distances of every row to every other's.
Shapes distances(const Call& call) {
  const Sizes a = sizes_of(call.tensor(std::size_t{0}));
  const Sizes b = sizes_of(call.tensor(1));
  check_equal(last(a, 1), last(b, 1), "the columns of cdist's inputs");
  Sizes result = broadcast({Sizes(a.begin(), a.end() - 2), Sizes(b.begin(), b.end() - 2)});
  result.push_back(last(a, 2));
  result.push_back(last(b, 2));
  return {of_sizes(std::move(result))};
}

Shapes pair_distances(const Call& call) {
  const c10::SymInt rows = call.tensor(std::size_t{0}).sym_size(0);
  return {of_sizes({floor_divide(rows * (rows - 1), 2)})};
}

Shapes cross(const Call& call) {
  return {of_sizes(
      broadcast_pair(call.tensor(std::size_t{0}).sym_sizes(), call.tensor(1).sym_sizes()))};
}

/// Each number of the first times all of the second; the lower rank has ones in front.
Shapes kron(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  Sizes other = sizes_of(call.tensor(1));
  const std::size_t rank = std::max(sizes.size(), other.size());
  sizes.insert(sizes.begin(), rank - sizes.size(), 1);
  other.insert(other.begin(), rank - other.size(), 1);
  for (std::size_t i = 0; i < rank; ++i) sizes[i] = sizes[i] * other[i];
  return {of_sizes(std::move(sizes))};
}

/// The first may be a row, the last a column.
Shapes multi_dot(const Call& call) {
  const auto tensors = call.tensors("tensors");
  Sizes sizes;
  if (tensors.front().dim() == 2) sizes.push_back(tensors.front().sym_size(0));
  for (std::size_t i = 1; i < tensors.size(); ++i) {
    check_equal(tensors[i].sym_size(0), tensors[i - 1].sym_sizes().back(),
                "inner sizes of multi_dot");
  }
  if (tensors.back().dim() == 2) sizes.push_back(tensors.back().sym_size(1));
  return {of_sizes(std::move(sizes))};
}

Shapes scaled_mm(const Call& call) {
  const at::Tensor& a = call.tensor(std::size_t{0});
  const at::Tensor& b = call.tensor(1);
  check_equal(b.sym_size(0), a.sym_size(1), "inner sizes of a product of matrices");
  return {of_sizes({a.sym_size(0), b.sym_size(1)})};
}

constexpr NamedRule kMatmulRules[] = {
    {"mm", mm},
    {"addmm", addmm},
    {"_addmm_activation", addmm},
    {"bmm", bmm},
    {"baddbmm", baddbmm},
    {"addbmm", addbmm},
    {"mv", mv},
    {"addmv", addmv},
    {"outer", outer},
    {"ger", outer},
    {"addr", addr},
    {"dot", dot_product},
    {"vdot", dot_product},
    {"matmul", matmul},
    {"linear", linear},
    {"mkldnn_linear", linear},
    {"bilinear", bilinear},
    {"cdist", distances},
    {"_cdist_forward", distances},
    {"_euclidean_dist", distances},
    {"pdist", pair_distances},
    {"_pdist_forward", pair_distances},
    {"linalg_cross", cross},
    {"kron", kron},
    {"linalg_multi_dot", multi_dot},
    {"_scaled_mm", scaled_mm},
    {"_scaled_mm_v2", scaled_mm},
};

}  // namespace

RuleTable matmul_rules() {
  return kMatmulRules;
}

}  // namespace roundtrip::shapes
