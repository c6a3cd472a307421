#include <utility>

#include "cases.h"

namespace roundtrip::testing {
namespace {

using c10::IValue;

TensorSpec pivots(Sizes sizes) {
  return {std::move(sizes), at::kInt, 1};
}
TensorSpec bools(Sizes sizes) {
  return {std::move(sizes), at::kBool};
}
const IValue kNone;

/// Operators of one tensor that give one like it.
constexpr const char* kUnary[] = {
    "aten::abs",        "aten::acos",       "aten::acosh",      "aten::asin",  "aten::asinh",
    "aten::atan",       "aten::atanh",      "aten::ceil",       "aten::cos",   "aten::cosh",
    "aten::erf",        "aten::exp",        "aten::expm1",      "aten::floor", "aten::isinf",
    "aten::isnan",      "aten::log",        "aten::log10",      "aten::log1p", "aten::log2",
    "aten::neg",        "aten::reciprocal", "aten::relu",       "aten::round", "aten::rsqrt",
    "aten::sigmoid",    "aten::sign",       "aten::sin",        "aten::sinh",  "aten::sqrt",
    "aten::tan",        "aten::tanh",       "aten::trunc",      "aten::gelu",  "aten::elu",
    "aten::alias",      "aten::hardtanh",   "aten::leaky_relu", "aten::clone", "aten::_to_copy",
    "aten::logical_not"};
constexpr const char* kBinary[] = {
    "aten::add.Tensor",       "aten::sub.Tensor",  "aten::mul.Tensor",
    "aten::div.Tensor",       "aten::eq.Tensor",   "aten::ne.Tensor",
    "aten::lt.Tensor",        "aten::le.Tensor",   "aten::gt.Tensor",
    "aten::ge.Tensor",        "aten::fmod.Tensor", "aten::remainder.Tensor",
    "aten::maximum",          "aten::minimum",     "aten::atan2",
    "aten::logical_and",      "aten::logical_or",  "aten::logical_xor",
    "aten::pow.Tensor_Tensor"};
constexpr const char* kWithScalar[] = {
    "aten::add.Scalar",        "aten::sub.Scalar",  "aten::mul.Scalar",  "aten::div.Scalar",
    "aten::eq.Scalar",         "aten::ne.Scalar",   "aten::lt.Scalar",   "aten::le.Scalar",
    "aten::gt.Scalar",         "aten::ge.Scalar",   "aten::fmod.Scalar", "aten::remainder.Scalar",
    "aten::pow.Tensor_Scalar", "aten::fill.Scalar", "aten::full_like"};
constexpr const char* kOfBits[] = {"aten::bitwise_and.Tensor", "aten::bitwise_or.Tensor",
                                   "aten::bitwise_xor.Tensor"};
constexpr const char* kOfBitsAndScalar[] = {"aten::bitwise_and.Scalar", "aten::bitwise_or.Scalar",
                                            "aten::bitwise_xor.Scalar"};

const c10::SymInt a = symbol(0), b = symbol(1), c = symbol(2), d = symbol(3);

std::vector<Case> pointwise_cases() {
  std::vector<Case> cases;
  for (const char* op : kUnary) cases.push_back({op, {t({a, b, 3})}});
  for (const char* op : kBinary) cases.push_back({op, {t({a, 1, c}), t({b, c})}});
  for (const char* op : kWithScalar) cases.push_back({op, {t({a, b}), IValue(2)}});
  for (const char* op : kOfBits) cases.push_back({op, {longs({a, b}), longs({b})}});
  for (const char* op : kOfBitsAndScalar) cases.push_back({op, {longs({a, b}), IValue(1)}});
  const std::vector<Case> more = {
      {"aten::bitwise_not", {longs({a, b})}},
      {"aten::pow.Scalar", {IValue(2.0), t({a, b})}},
      {"aten::div.Tensor_mode", {t({a, b}), t({a, 1}), IValue("floor")}},
      {"aten::div.Scalar_mode", {t({a, b}), IValue(2), IValue("trunc")}},
      {"aten::clamp", {t({a, b}), IValue(0.0), IValue(1.0)}},
      {"aten::clamp.Tensor", {t({a, b}), t({b}), t({a, 1})}},
      {"aten::where.self", {bools({a, 1}), t({b}), t({a, b})}},
      {"aten::native_dropout", {t({a, b}), IValue(0.5), IValue(true)}},
      {"aten::copy", {t({a, b}), t({b})}},
      {"aten::masked_scatter", {t({a, b}), bools({b}), t({a, b})}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

std::vector<Case> factory_cases() {
  return {
      {"aten::empty.memory_format", {list({a, b})}},
      {"aten::empty_strided", {list({a, b}), list({b, 1})}},
      {"aten::full", {list({a, b * 2}), IValue(1.5)}},
      {"aten::rand", {list({a, b})}},
      {"aten::randn", {list({a + b})}},
      {"aten::randperm", {a}},
      {"aten::scalar_tensor", {IValue(1.0)}},
      {"aten::arange.start_step", {IValue(0), c, IValue(3)}},
      {"aten::arange.start_step", {c, IValue(-4), IValue(-1.0), IValue(at::kLong)}},
      {"aten::resize_", {t({a, b}), list({b, 2})}},
  };
}

std::vector<Case> view_cases() {
  return {
      {"aten::view", {t({a, b, 4}), list({a * 2, -1})}},
      {"aten::expand", {t({a, 1, b}), list({d, -1, c, b})}},
      {"aten::permute", {t({a, b, c}), list({2, 0, 1})}},
      {"aten::squeeze.dim", {t({a, 1, b}), IValue(1)}},
      {"aten::squeeze.dims", {t({a, 1, b, 1}), list({1, 3})}},
      {"aten::unsqueeze", {t({a, b}), IValue(1)}},
      {"aten::select.int", {t({a, b, c}), IValue(1), IValue(-1)}},
      {"aten::slice.Tensor", {t({a, c}), IValue(1), IValue(1), IValue(-1), IValue(2)}},
      {"aten::slice.Tensor", {t({a, c}), IValue(0), IValue(0), IValue(at::indexing::INDEX_MAX)}},
      {"aten::split_with_sizes", {t({a + b, c}), list({a, b})}},
      {"aten::unsafe_split_with_sizes", {t({a, b + c}), list({b, c}), IValue(-1)}},
      {"aten::unsafe_split.Tensor", {t({a, 7, b}), IValue(3), IValue(1)}},
      {"aten::unsafe_chunk", {t({a, 7, b}), IValue(3), IValue(1)}},
      {"aten::unsafe_chunk", {t({a, 3 * b}), IValue(3), IValue(1)}},
      {"aten::unsafe_chunk", {t({a, 0}), IValue(3), IValue(1)}},
      {"aten::diagonal", {t({a, b, b + 2}), IValue(1), IValue(1), IValue(2)}},
      {"aten::as_strided", {t({a, b}), list({a}), list({b})}},
      {"aten::repeat", {t({a, b}), list({2, 3, c})}},
      {"aten::flip", {t({a, b}), list({0})}},
      {"aten::cat", {TensorSpecs{t({a, b}), t({a, c}), t({a, 2})}, IValue(1)}},
      {"aten::pad_sequence", {TensorSpecs{t({a, c}), t({b, c})}, IValue(true)}},
  };
}

std::vector<Case> reduction_cases() {
  std::vector<Case> cases;
  for (const char* op : {"aten::any", "aten::mean", "aten::prod"}) {
    cases.push_back({op, {t({a, b})}});
  }
  for (const char* op : {"aten::any.dim", "aten::argmax", "aten::argmin", "aten::max.dim",
                         "aten::min.dim", "aten::prod.dim_int"}) {
    cases.push_back({op, {t({a, b, c}), IValue(1), IValue(true)}});
  }
  for (const char* op :
       {"aten::amax", "aten::amin", "aten::any.dims", "aten::mean.dim", "aten::sum.dim_IntList"}) {
    cases.push_back({op, {t({a, b, c}), list({0, -1})}});
  }
  const std::vector<Case> more = {
      {"aten::var.correction", {t({a, b, c}), list({1})}},
      {"aten::var.dim", {t({a, b, c}), list({1})}},
      {"aten::cumsum", {t({a, b}), IValue(1)}},
      {"aten::sort", {t({a, b})}},
      {"aten::topk", {t({a, b}), IValue(2)}},
      {"aten::_softmax", {t({a, b}), IValue(1), IValue(false)}},
      {"aten::_log_softmax", {t({a, b}), IValue(1), IValue(false)}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

const IValue kThreeTrue = c10::List<bool>({true, true, true});

std::vector<Case> matrix_cases() {
  return {
      {"aten::mm", {t({a, b}), t({b, c})}},
      {"aten::bmm", {t({d, a, b}), t({d, b, c})}},
      {"aten::addmm", {t({c}), t({a, b}), t({b, c})}},
      {"aten::_cdist_forward", {t({a, b}), t({c, b}), IValue(2.0), kNone}},
      {"aten::_pdist_forward", {t({a, b})}},
      {"aten::convolution",
       {t({a, 3, c + 4, d + 4}), t({6, 3, 3, 3}), t({6}), list({2, 1}), list({1, 0}), list({1, 2}),
        IValue(false), list({0, 0}), IValue(1)}},
      {"aten::convolution_backward",
       {t({a, 6, c, d}), t({a, 3, c, d}), t({6, 3, 3, 3}), list({6}), list({1, 1}), list({1, 1}),
        list({1, 1}), IValue(false), list({0, 0}), IValue(1), kThreeTrue}},
      {"aten::_fft_r2c", {t({a, c}), list({1}), IValue(0), IValue(true)}},
      {"aten::_fft_c2r", {TensorSpec{{a, c}, at::kComplexFloat}, list({1}), IValue(0), c * 2 - 2}},
      {"aten::grid_sampler_2d",
       {t({a, 3, b, c}), t({a, d, c, 2}), IValue(0), IValue(0), IValue(false)}},
      {"aten::col2im",
       {t({a, b * 4, (c - 1) * (d - 1)}), list({c, d}), list({2, 2}), list({1, 1}), list({0, 0}),
        list({1, 1})}},
  };
}

std::vector<Case> image_cases() {
  const TensorSpec image = t({a, 3, c + 4, d + 4});
  const TensorSpec volume = t({a, 3, b + 3, c, d});
  return {
      {"aten::avg_pool1d", {t({a, 3, c}), list({2})}},
      {"aten::avg_pool2d",
       {t({a, 3, c * 2 + 1, d * 2}), list({3, 2}), list({2, 2}), list({1, 0}), IValue(true)}},
      {"aten::avg_pool3d", {volume, list({2, 2, 2})}},
      {"aten::max_pool2d_with_indices", {image, list({3, 3}), list({2, 2})}},
      {"aten::max_pool3d_with_indices", {volume, list({2, 2, 2})}},
      {"aten::_adaptive_avg_pool2d", {image, list({2, 3})}},
      {"aten::_adaptive_avg_pool3d", {volume, list({2, 3, 1})}},
      {"aten::adaptive_avg_pool1d", {t({a, 3, c}), list({2})}},
      {"aten::_adaptive_avg_pool2d_backward", {t({a, 3, 2, 3}), image}},
      {"aten::avg_pool2d_backward",
       {t({a, 3, c, d}), t({a, 3, c * 2, d * 2}), list({2, 2}), list({2, 2}), list({0, 0}),
        IValue(false), IValue(true), kNone}},
      {"aten::max_pool2d_with_indices_backward",
       {t({a, 3, c, d}), t({a, 3, c * 2, d * 2}), list({2, 2}), list({2, 2}), list({0, 0}),
        list({1, 1}), IValue(false), longs({a, 3, c, d})}},
      {"aten::constant_pad_nd", {image, list({1, 2, 0, a})}},
      {"aten::reflection_pad1d", {t({a, c}), list({1, 2})}},
      {"aten::reflection_pad2d", {image, list({1, 2, 3, 1})}},
      {"aten::reflection_pad3d", {volume, list({1, 1, 1, 1, 1, 1})}},
      {"aten::replication_pad2d", {image, list({1, 2, 3, 1})}},
      {"aten::replication_pad3d", {volume, list({1, 1, 1, 1, 2, 3})}},
      {"aten::upsample_bilinear2d.vec", {image, list({c * 2, d}), IValue(true), kNone}},
      {"aten::upsample_nearest2d.vec", {image, kNone, IValue(c10::List<double>({1.5, 2.0}))}},
  };
}

std::vector<Case> normalization_cases() {
  const TensorSpec image = t({a, 6, c, d});
  return {
      {"aten::native_layer_norm", {t({a, b, c}), list({c}), t({c}), t({c}), IValue(1e-5)}},
      {"aten::native_layer_norm_backward",
       {t({a, b, c}), t({a, b, c}), list({c}), t({a, b, 1}), t({a, b, 1}), t({c}), t({c}),
        kThreeTrue}},
      {"aten::native_group_norm",
       {image, t({6}), t({6}), a, IValue(6), c * d, IValue(2), IValue(1e-5)}},
      {"aten::native_group_norm_backward",
       {image, image, t({a, 2}), t({a, 2}), t({6}), a, IValue(6), c * d, IValue(2), kThreeTrue}},
      {"aten::_native_batch_norm_legit",
       {image, t({6}), t({6}), t({6}), t({6}), IValue(true), IValue(0.1), IValue(1e-5)}},
      {"aten::_native_batch_norm_legit.no_stats",
       {image, t({6}), t({6}), IValue(true), IValue(0.1), IValue(1e-5)}},
      {"aten::_native_batch_norm_legit_no_training",
       {image, t({6}), t({6}), t({6}), t({6}), IValue(0.1), IValue(1e-5)}},
  };
}

std::vector<Case> indexing_cases() {
  return {
      {"aten::index.Tensor",
       {t({a, b, c}), OptionalSpecs{std::nullopt, longs({d, 1}), longs({3})}}},
      {"aten::index_put", {t({a, b}), OptionalSpecs{longs({c})}, t({c, b})}},
      {"aten::index_select", {t({a, b}), IValue(1), longs({c})}},
      {"aten::gather", {t({a, b}), IValue(1), longs({a, c})}},
      {"aten::scatter.src", {t({a, b}), IValue(1), longs({a, 2}), t({a, 2})}},
      {"aten::scatter.value", {t({a, b}), IValue(1), longs({a, 2}), IValue(1.0)}},
      {"aten::scatter_add", {t({a, b}), IValue(1), longs({a, 2}), t({a, 2})}},
      {"aten::scatter_reduce.two", {t({a, b}), IValue(1), longs({a, 2}), t({a, 2}), IValue("sum")}},
      {"aten::slice_scatter", {t({a, b}), t({a, 1}), IValue(1), IValue(0), IValue(1)}},
      {"aten::select_scatter", {t({a, b}), t({b}), IValue(0), IValue(1)}},
      {"aten::embedding", {t({10, c}), longs({a, b})}},
      {"aten::embedding_dense_backward",
       {t({a, b, c}), longs({a, b}), IValue(10), IValue(-1), IValue(false)}},
      {"aten::_embedding_bag", {t({10, c}), longs({a * 2}), longs({a})}},
  };
}

/// Factorisations of wide matrices and of tall ones, and solvers.
std::vector<Case> linalg_cases() {
  std::vector<Case> cases;
  for (const auto& [rows, columns] : {std::pair{a, c}, std::pair{c, a}}) {
    const TensorSpec matrices = t({d, rows, columns});
    for (const char* mode : {"reduced", "complete", "r"}) {
      cases.push_back({"aten::linalg_qr", {matrices, IValue(mode)}});
    }
    for (const bool full : {true, false}) {
      cases.push_back({"aten::linalg_svd", {matrices, IValue(full)}});
      cases.push_back({"aten::svd", {matrices, IValue(full)}});
    }
    for (const char* op :
         {"aten::linalg_svdvals", "aten::linalg_lu", "aten::linalg_lu_factor",
          "aten::linalg_lu_factor_ex", "aten::geqrf", "aten::linalg_pinv.atol_rtol_tensor",
          "aten::linalg_matrix_rank.atol_rtol_tensor", "aten::linalg_cond"}) {
      cases.push_back({op, {matrices}});
    }
    cases.push_back({"aten::lu_unpack", {matrices, pivots({d, rows.min(columns)})}});
    cases.push_back({"aten::linalg_matrix_norm.str_ord", {matrices, IValue("nuc")}});
    cases.push_back({"aten::linalg_lstsq", {matrices, t({d, rows, b})}});
  }
  const TensorSpec squares = t({d, b, b});
  for (const char* op :
       {"aten::linalg_eig", "aten::linalg_eigvals", "aten::linalg_eigh", "aten::linalg_eigvalsh",
        "aten::linalg_cholesky_ex", "aten::linalg_inv_ex", "aten::linalg_inv", "aten::linalg_det",
        "aten::linalg_slogdet", "aten::linalg_matrix_exp", "aten::linalg_ldl_factor",
        "aten::linalg_ldl_factor_ex", "aten::cholesky_inverse"}) {
    cases.push_back({op, {squares}});
  }
  const TensorSpec right = t({a, 1, b, c});
  const std::vector<Case> solvers = {
      {"aten::linalg_solve_ex", {squares, right}},
      {"aten::linalg_solve_ex", {squares, t({b})}},
      {"aten::linalg_solve_ex", {squares, t({a, 1, c, b}), IValue(false)}},
      {"aten::linalg_solve_triangular", {squares, right, IValue(true)}},
      {"aten::linalg_lu_solve", {squares, pivots({d, b}), right}},
      {"aten::linalg_ldl_solve", {squares, pivots({d, b}), t({d, b, c})}},
      {"aten::cholesky_solve", {right, squares}},
      {"aten::triangular_solve", {right, squares}},
      {"aten::linalg_householder_product", {t({d, b + c, b}), t({d, b})}},
      {"aten::ormqr", {t({b + c, b}), t({b}), t({b + c, a})}},
      {"aten::linalg_multi_dot", {TensorSpecs{t({a}), t({a, b}), t({b, c})}}},
      {"aten::linalg_tensorinv", {t({b, 2, b * 2}), IValue(2)}},
  };
  cases.insert(cases.end(), solvers.begin(), solvers.end());
  return cases;
}

}  // namespace

std::vector<Case> other_cases() {
  const TensorSpec image = t({a, 3, c + 4, d + 4});
  const TensorSpec states = t({2, a, 4});
  const TensorSpecs weights{t({16, 3}), t({16, 4}), t({16}), t({16}),
                            t({16, 4}), t({16, 4}), t({16}), t({16})};
  std::vector<Case> cases = linalg_cases();
  const std::vector<Case> more = {
      {"aten::linear", {t({a, b, 4}), t({3, 4}), t({3})}},
      {"aten::matmul", {t({a, 1, b, c}), t({d, c, 2})}},
      {"aten::conv1d", {t({a, 3, c}), t({6, 3, 3}), t({6})}},
      {"aten::conv2d", {image, t({6, 3, 3, 3}), t({6}), list({2, 2}), list({1, 1})}},
      {"aten::conv2d.padding",
       {image, t({6, 3, 3, 3}), kNone, list({1, 1}), IValue("same"), list({1, 1}), IValue(1)}},
      {"aten::conv_transpose2d.input",
       {image, t({3, 6, 3, 3}), t({6}), list({2, 2}), list({1, 1}), list({1, 1})}},
      {"aten::layer_norm", {t({a, b, 4}), list({4}), t({4}), t({4})}},
      {"aten::scaled_dot_product_attention", {t({a, 2, b, 4}), t({a, 2, c, 4}), t({a, 2, c, 6})}},
      {"aten::lstm.input",
       {t({b, a, 3}), TensorSpecs{states, states}, weights, IValue(true), IValue(2), IValue(0.0),
        IValue(false), IValue(false), IValue(false)}},
      {"aten::cross_entropy_loss", {t({a, 4}), longs({a}), kNone, IValue(0)}},
      {"aten::reshape", {t({a, b, 4}), list({a, -1})}},
      {"aten::flatten.using_ints", {t({a, b, c}), IValue(1), IValue(2)}},
      {"aten::unflatten.int", {t({a, b * 4}), IValue(1), list({b, 4})}},
      {"aten::einsum", {IValue("bij,bjk->bik"), TensorSpecs{t({a, b, c}), t({a, c, d})}}},
      {"aten::tensordot", {t({a, b, c}), t({b, c, d}), list({1, 2}), list({0, 1})}},
      {"aten::chunk", {t({a, 6, b}), IValue(3), IValue(1)}},
      {"aten::movedim.intlist", {t({a, b, c}), list({0}), list({2})}},
      {"aten::narrow", {t({a, b}), IValue(0), IValue(1), IValue(2)}},
      {"aten::hstack", {TensorSpecs{t({a, b}), t({a, c})}}},
      {"aten::meshgrid", {TensorSpecs{t({a}), t({b})}}},
      {"aten::kron", {t({a, b}), t({c, 2})}},
      {"aten::cosine_similarity", {t({a, b}), t({a, b})}},
      {"aten::triplet_margin_loss", {t({a, b}), t({a, b}), t({a, b})}},
      {"aten::to.dtype", {t({a, b}), IValue(static_cast<std::int64_t>(at::kDouble))}},
      {"aten::repeat_interleave.self_int", {t({a, b}), IValue(3), IValue(1)}},
      {"aten::one_hot", {longs({a, b}), IValue(7)}},
      {"aten::stft",
       {t({a, c * 4}), IValue(8), IValue(4), IValue(8), t({8}), IValue(false), IValue(true),
        IValue(true)}},
      {"aten::linalg_inv", {t({a, 3, 3})}},
      {"aten::block_diag", {TensorSpecs{t({a, b}), t({c, 2})}}},
      {"aten::logspace", {IValue(0.0), IValue(1.0), a + 1}},
      {"aten::nll_loss2d_forward",
       {t({a, 4, b, c}), longs({a, b, c}), kNone, IValue(1), IValue(-100)}},
      {"aten::im2col", {image, list({3, 3}), list({1, 1}), list({0, 0}), list({2, 2})}},
      {"aten::cholesky_inverse", {t({3, 3})}},
      {"aten::linalg_householder_product", {t({a, 5, 3}), t({a, 3})}},
      {"aten::vander", {t({a}), b}},
      {"aten::diag_embed", {t({a, b, c}), IValue(1), IValue(1), IValue(2)}},
      {"aten::diag", {t({a, b}), IValue(-1)}},
      {"aten::embedding_bag.padding_idx",
       {t({10, c}), longs({a * 2}), longs({a + 1}), IValue(false), IValue(0), IValue(false), kNone,
        IValue(true), kNone}},
      {"aten::embedding_bag.padding_idx",
       {t({10, c}), longs({a * 2}), longs({a}), IValue(false), IValue(2), IValue(false), kNone,
        IValue(false), IValue(1)}},
      {"aten::view.dtype", {t({a, b}), IValue(static_cast<std::int64_t>(at::kByte))}},
      {"aten::view.dtype", {t({a, b * 2}), IValue(static_cast<std::int64_t>(at::kDouble))}},
      {"aten::glu", {t({a, b * 2}), IValue(1)}},
      {"aten::take_along_dim", {t({a, 1}), longs({1, c}), IValue(1)}},
      {"aten::nonzero_static", {t({a, b}), c}},
      {"aten::repeat_interleave.self_Tensor", {t({a, b}), longs({b}, 2), IValue(1), b * 2}},
      {"aten::quantile", {t({a, b}), t({c}), IValue(1), IValue(true)}},
      {"aten::segment_reduce", {t({a, b}), IValue("sum"), longs({a}, 1)}},
      {"aten::istft", {TensorSpec{{a, 5, c + 1}, at::kComplexFloat}, IValue(8)}},
      {"aten::polar", {t({a, 1}), t({b})}},
      {"aten::special_legendre_polynomial_p", {t({a, b}), t({b})}},
      {"aten::normal.Tensor_Tensor", {t({a, b}), t({b})}},
      {"aten::isin.Tensor_Tensor", {t({a, b}), t({c})}},
      {"aten::prelu", {t({a, 3, b}), t({3})}},
      {"aten::gradient.scalarint", {t({a, b})}},
      {"aten::unfold_copy", {t({a, c}), IValue(1), IValue(2), IValue(3)}},
      {"aten::unfold", {t({}), IValue(0), IValue(1), IValue(1)}},
      {"aten::unfold", {t({}), IValue(-1), IValue(0), IValue(2)}},
      {"aten::expand_copy", {t({a, 1}), list({d, a, b})}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

std::vector<Case> core_cases() {
  std::vector<Case> all;
  for (const auto& cases :
       {pointwise_cases(), factory_cases(), view_cases(), reduction_cases(), matrix_cases(),
        image_cases(), normalization_cases(), indexing_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace roundtrip::testing
