#include <utility>

#include "cases.h"

namespace roundtrip::testing {
namespace {

using c10::IValue;

const IValue kNone;
const IValue kMean(1);

const c10::SymInt a = symbol(0), b = symbol(1), c = symbol(2), d = symbol(3);

constexpr const char* kOfPairs[] = {"aten::arctan2",
                                    "aten::copysign.Tensor",
                                    "aten::divide.Tensor",
                                    "aten::floor_divide",
                                    "aten::fmax",
                                    "aten::fmin",
                                    "aten::greater.Tensor",
                                    "aten::less.Tensor",
                                    "aten::greater_equal.Tensor",
                                    "aten::heaviside",
                                    "aten::hypot",
                                    "aten::igamma",
                                    "aten::igammac",
                                    "aten::ldexp.Tensor",
                                    "aten::less_equal.Tensor",
                                    "aten::logaddexp",
                                    "aten::logaddexp2",
                                    "aten::multiply.Tensor",
                                    "aten::nextafter",
                                    "aten::not_equal.Tensor",
                                    "aten::float_power.Tensor_Tensor",
                                    "aten::rsub.Tensor",
                                    "aten::subtract.Tensor",
                                    "aten::true_divide.Tensor",
                                    "aten::xlogy.Tensor",
                                    "aten::special_xlog1py",
                                    "aten::special_xlogy",
                                    "aten::special_zeta",
                                    "aten::dist",
                                    "aten::clamp_max.Tensor",
                                    "aten::clamp_min.Tensor",
                                    "aten::isclose",
                                    "aten::complex"};
constexpr const char* kOfIntegers[] = {"aten::gcd",
                                       "aten::lcm",
                                       "aten::bitwise_left_shift.Tensor",
                                       "aten::bitwise_right_shift.Tensor",
                                       "aten::__and__.Tensor",
                                       "aten::__or__.Tensor",
                                       "aten::__xor__.Tensor",
                                       "aten::__lshift__.Tensor",
                                       "aten::__rshift__.Tensor"};

std::vector<Case> pair_cases() {
  std::vector<Case> cases;
  for (const char* op : kOfPairs) cases.push_back({op, {t({a, b}), t({a, b})}});
  for (const char* op : kOfIntegers) cases.push_back({op, {longs({a, b}, 1), longs({b}, 1)}});
  const std::vector<Case> more = {
      {"aten::addcdiv", {t({a, b}), t({b}), t({a, 1})}},
      {"aten::addcmul", {t({a, b}), t({b}), t({a, 1})}},
      {"aten::lerp.Tensor", {t({a, b}), t({a, b}), t({b})}},
      {"aten::masked_fill.Scalar", {t({a, b}), TensorSpec{{b}, at::kBool}, IValue(1.0)}},
      {"aten::native_dropout_backward", {t({a, b}), t({a, b}), IValue(2.0)}},
      {"aten::_softmax_backward_data", {t({a, b}), t({a, b}), IValue(1), IValue(6)}},
      {"aten::_log_softmax_backward_data", {t({a, b}), t({a, b}), IValue(1), IValue(6)}},
      {"aten::searchsorted.Tensor", {t({a, b}), t({a, c})}},
      {"aten::bucketize.Tensor", {t({a, b}), t({c})}},
      {"aten::embedding_renorm", {t({b, 3}), longs({a}), IValue(1.0), IValue(2.0)}},
      {"aten::take", {t({a, b}), longs({c})}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

std::vector<Case> product_cases() {
  return {
      {"aten::addbmm", {t({b, d}), t({a, b, c}), t({a, c, d})}},
      {"aten::addmv", {t({a}), t({a, b}), t({b})}},
      {"aten::addr", {t({a, b}), t({a}), t({b})}},
      {"aten::baddbmm", {t({a, b, d}), t({a, b, c}), t({a, c, d})}},
      {"aten::_addmm_activation", {t({d}), t({b, c}), t({c, d})}},
      {"aten::mv", {t({a, b}), t({b})}},
      {"aten::dot", {t({a}), t({a})}},
      {"aten::vdot", {t({a}), t({a})}},
      {"aten::outer", {t({a}), t({b})}},
      {"aten::ger", {t({a}), t({b})}},
      {"aten::bilinear", {t({a, 3}), t({a, 4}), t({5, 3, 4}), t({5})}},
      {"aten::cdist", {t({a, b, 3}), t({a, c, 3})}},
      {"aten::_euclidean_dist", {t({a, 3}), t({b, 3})}},
      {"aten::linalg_cross", {t({a, 3}), t({a, 3})}},
      {"aten::_linalg_solve_ex", {t({a, 3, 3}), t({a, 3, b})}},
      {"aten::_cholesky_solve_helper", {t({a, 3, b}), t({a, 3, 3}), IValue(false)}},
  };
}

std::vector<Case> loss_cases() {
  const TensorSpec rows = t({a, b});
  std::vector<Case> cases;
  for (const char* op : {"aten::mse_loss", "aten::l1_loss", "aten::smooth_l1_loss",
                         "aten::huber_loss", "aten::soft_margin_loss", "aten::kl_div"}) {
    cases.push_back({op, {rows, rows}});
    cases.push_back({op, {rows, rows, IValue(0)}});
  }
  const std::vector<Case> more = {
      {"aten::poisson_nll_loss", {rows, rows, IValue(true), IValue(false), IValue(1e-8), kMean}},
      {"aten::binary_cross_entropy", {rows, rows, rows}},
      {"aten::binary_cross_entropy", {rows, rows, kNone, IValue(0)}},
      {"aten::binary_cross_entropy_with_logits", {rows, rows, rows, t({b})}},
      {"aten::nll_loss", {t({a, 4}), longs({a}), t({4})}},
      {"aten::nll_loss_nd", {t({a, 4, b}), longs({a, b}), t({4})}},
      {"aten::nll_loss_forward", {t({a, 4}), longs({a}), t({4}), kMean, IValue(-100)}},
      {"aten::nll_loss2d", {t({a, 4, b, c}), longs({a, b, c}), t({4})}},
      {"aten::multi_margin_loss", {t({a, 4}), longs({a}), IValue(1), IValue(1), t({4})}},
      {"aten::multilabel_margin_loss", {t({a, 4}), longs({a, 4}, -1)}},
      {"aten::multilabel_margin_loss_forward", {t({a, 4}), longs({a, 4}, -1), IValue(0)}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

std::vector<Case> layer_cases() {
  const TensorSpec image = t({a, 3, b, c});
  const TensorSpec volume = t({a, 3, b, c, d});
  const TensorSpec of_channels = t({3});
  const auto one = list({1, 1, 1});
  return {
      {"aten::batch_norm",
       {image, of_channels, of_channels, of_channels, of_channels, IValue(false), IValue(0.1),
        IValue(1e-5), IValue(false)}},
      {"aten::batch_norm",
       {image, of_channels, of_channels, of_channels, of_channels, IValue(true), IValue(0.1),
        IValue(1e-5), IValue(false)}},
      {"aten::native_batch_norm",
       {image, of_channels, of_channels, of_channels, of_channels, IValue(true), IValue(0.1),
        IValue(1e-5)}},
      {"aten::instance_norm",
       {image, of_channels, of_channels, of_channels, of_channels, IValue(true), IValue(0.1),
        IValue(1e-5), IValue(false)}},
      {"aten::group_norm", {image, IValue(3), of_channels, of_channels}},
      {"aten::group_norm", {t({a, 6, b}), IValue(2)}},
      {"aten::rms_norm", {t({a, b, 4}), list({4}), t({4})}},
      {"aten::_prelu_kernel", {image, t({1, 3, 1, 1})}},
      {"aten::conv3d", {volume, t({6, 3, 2, 2, 2}), t({6})}},
      {"aten::conv_transpose1d", {t({a, 3, b}), t({3, 6, 2}), t({6})}},
      {"aten::conv_transpose3d.input", {volume, t({3, 6, 2, 2, 2}), t({6})}},
      {"aten::_convolution_mode",
       {image, t({6, 3, 3, 3}), t({6}), list({1, 1}), IValue("same"), list({1, 1}), IValue(1)}},
      {"aten::grid_sampler_3d", {volume, t({a, b, c, d, 3}), IValue(0), IValue(0), IValue(false)}},
      {"aten::grid_sampler", {image, t({a, c, d, 2}), IValue(0), IValue(0), IValue(false)}},
      {"aten::avg_pool3d_backward",
       {t({a, 3, b, c, d}), t({a, 3, b * 2, c * 2, d * 2}), list({2, 2, 2}), list({2, 2, 2}),
        list({0, 0, 0}), IValue(false), IValue(true), kNone}},
      {"aten::max_pool3d_with_indices_backward",
       {t({a, 3, b, c, d}), t({a, 3, b * 2, c * 2, d * 2}), list({2, 2, 2}), list({2, 2, 2}),
        list({0, 0, 0}), one, IValue(false), longs({a, 3, b, c, d})}},
      {"aten::_adaptive_avg_pool3d_backward", {t({a, 3, 2, 2, 2}), volume}},
      {"aten::max_unpool2d", {image, longs({a, 3, b, c}), list({9, 9})}},
      {"aten::max_unpool3d",
       {volume, longs({a, 3, b, c, d}), list({9, 9, 9}), list({2, 2, 2}), list({0, 0, 0})}},
      {"aten::fractional_max_pool2d", {image, list({2, 2}), list({1, 1}), t({a, 3, 2})}},
      {"aten::fractional_max_pool3d", {volume, list({2, 2, 2}), list({1, 1, 1}), t({a, 3, 3})}},
      {"aten::_scaled_dot_product_flash_attention_for_cpu",
       {t({a, 2, b, 4}), t({a, 2, c, 4}), t({a, 2, c, 4})}},
      {"aten::scaled_dot_product_attention",
       {t({a, 2, b, 4}), t({a, 2, c, 4}), t({a, 2, c, 4}), t({b, c})}},
      {"aten::scaled_dot_product_attention",
       {t({a, 4, b, 4}), t({a, 2, c, 4}), t({a, 2, c, 4}), kNone, IValue(0.0), IValue(false), kNone,
        IValue(true)}},
  };
}

/// Weights of a layer of inputs three wide and states four wide.
TensorSpecs weights_of(std::int64_t gates) {
  return {t({4 * gates, 3}), t({4 * gates, 4}), t({4 * gates}), t({4 * gates})};
}

std::vector<Case> recurrent_cases() {
  std::vector<Case> cases;
  const auto add = [&](const char* op, const char* cell_op, std::int64_t gates) {
    const TensorSpecs one = weights_of(gates);
    TensorSpecs two = one;
    two.insert(two.end(), one.begin(), one.end());
    two.insert(two.end(), {t({4 * gates, 8}), t({4 * gates, 4}), t({4 * gates}), t({4 * gates})});
    two.insert(two.end(), two.end() - 4, two.end());
    cases.push_back({op,
                     {t({b, a, 3}), t({1, a, 4}), one, IValue(true), IValue(1), IValue(0.0),
                      IValue(false), IValue(false), IValue(false)}});
    cases.push_back({op,
                     {t({a, b, 3}), t({4, a, 4}), two, IValue(true), IValue(2), IValue(0.0),
                      IValue(false), IValue(true), IValue(true)}});
    cases.push_back({cell_op, {t({a, 3}), t({a, 4}), one[0], one[1], one[2], one[3]}});
  };
  add("aten::gru.input", "aten::gru_cell", 3);
  add("aten::rnn_tanh.input", "aten::rnn_tanh_cell", 1);
  add("aten::rnn_relu.input", "aten::rnn_relu_cell", 1);
  const TensorSpecs lstm = weights_of(4);
  const TensorSpecs states{t({a, 4}), t({a, 4})};
  cases.push_back({"aten::lstm_cell", {t({a, 3}), states, lstm[0], lstm[1], lstm[2], lstm[3]}});
  // With a projection to states two wide.
  const TensorSpecs projected{t({16, 3}), t({16, 2}), t({16}), t({16}), t({2, 4})};
  cases.push_back({"aten::lstm.input",
                   {t({b, a, 3}), TensorSpecs{t({1, a, 2}), t({1, a, 4})}, projected, IValue(true),
                    IValue(1), IValue(0.0), IValue(false), IValue(false), IValue(false)}});
  return cases;
}

std::vector<Case> place_cases() {
  return {
      {"aten::index_add", {t({a, b}), IValue(1), longs({c}), t({a, c})}},
      {"aten::index_copy", {t({a, b}), IValue(1), longs({c}), t({a, c})}},
      {"aten::index_reduce", {t({a, b}), IValue(1), longs({c}), t({a, c}), IValue("mean")}},
      {"aten::index_fill.int_Scalar", {t({a, b}), IValue(1), longs({c}), IValue(1.0)}},
      {"aten::put", {t({a, b}), longs({c}), t({c})}},
      {"aten::gather", {t({a, b}), IValue(1), longs({0})}},
      {"aten::scatter.src", {t({a, b}), IValue(1), longs({0}), t({3})}},
      {"aten::diagonal_scatter", {t({a, a, b}), t({b, a})}},
      {"aten::diagonal_scatter", {t({a, a, b}), t({b, a - 1}), IValue(1)}},
      {"aten::as_strided_scatter", {t({a, b}), t({2, 3}), list({2, 3}), list({3, 1})}},
      {"aten::slice_scatter", {t({a, b}), t({a, 2}), IValue(1), IValue(1), IValue(3)}},
      {"aten::slice_scatter", {t({a, b}), t({a, b - 1}), IValue(1), IValue(1)}},
      {"aten::_unsafe_index.Tensor", {t({a, b}), OptionalSpecs{longs({c}), longs({c})}}},
      {"aten::_unsafe_index_put", {t({a, b}), OptionalSpecs{longs({c})}, t({c, b})}},
  };
}

}  // namespace

std::vector<Case> several_tensors_cases() {
  std::vector<Case> all;
  for (const auto& cases : {pair_cases(), product_cases(), loss_cases(), layer_cases(),
                            recurrent_cases(), place_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace roundtrip::testing
