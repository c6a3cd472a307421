#include <limits>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

namespace roundtrip {
namespace {

using at::Scalar;
using at::Tensor;
using Weight = std::optional<Tensor>;

enum Reduction : std::int64_t { kNone, kMean, kSum };

bool is_given(const Weight& weight) {
  return weight && weight->defined();
}

Tensor reduced(const Tensor& loss, std::int64_t reduction) {
  if (reduction == kMean) return at::mean(loss);
  return reduction == kSum ? at::sum(loss) : loss;
}

Tensor training_norm(const Tensor& x, const Weight& weight, const Weight& bias, const Weight& mean,
                     const Weight& var, double momentum, double eps) {
  if (mean && var && mean->defined()) {
    Tensor running_mean = *mean, running_var = *var;
    return std::get<0>(at::_native_batch_norm_legit(x, weight, bias, running_mean, running_var,
                                                    true, momentum, eps));
  }
  return std::get<0>(at::_native_batch_norm_legit(x, weight, bias, true, momentum, eps));
}

/// Computed in single precision at least. The result is of the type of `x`, whatever the weight is.
Tensor rms_norm(const Tensor& x, const Sizes& shape, const Weight& weight,
                std::optional<double> eps) {
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    dims.push_back(x.dim() - 1 - static_cast<std::int64_t>(i));
  }
  const bool is_double = c10::toRealValueType(x.scalar_type()) == at::kDouble;
  const double least =
      is_double ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
  const Tensor wide = in_type(x, computing_type(x.scalar_type()));
  const Tensor square = at::mean(at::pow(wide, 2), dims, /*keepdim=*/true);
  const Tensor scale = at::rsqrt(at::_ops::add_Scalar::call(square, eps.value_or(least), 1));
  const Tensor scaled = at::mul(wide, scale);
  return (is_given(weight) ? at::mul(scaled, *weight) : scaled).type_as(x);
}

/// `x` with its norm along all dimensions but one replaced by `norm`.
std::tuple<Tensor, Tensor> weight_norm(const Tensor& x, const Tensor& norm, std::int64_t dim) {
  std::vector<std::int64_t> dims;
  for (std::int64_t i = 0; i < x.dim(); ++i) {
    if (i != dim) dims.push_back(i);
  }
  const Tensor own = at::linalg_vector_norm(x, 2, dims, /*keepdim=*/true);
  return {at::mul(x, at::div(norm, own)), own};
}

void add_norms(DecompositionTable& table) {
  table.add("aten::rms_norm", rule(rms_norm));
  table.add("aten::_weight_norm_interface", rule(weight_norm));
  table.add("aten::_weight_norm", rule([](const Tensor& x, const Tensor& norm, std::int64_t dim) {
              return std::get<0>(weight_norm(x, norm, dim));
            }));
  table.add("aten::batch_norm",
            rule([](const Tensor& x, const Weight& weight, const Weight& bias, const Weight& mean,
                    const Weight& var, bool training, double momentum, double eps, bool) {
              if (training) return training_norm(x, weight, bias, mean, var, momentum, eps);
              TORCH_CHECK(is_given(mean) && is_given(var),
                          "batch_norm without statistics, in evaluation");
              return std::get<0>(at::_native_batch_norm_legit_no_training(x, weight, bias, *mean,
                                                                          *var, momentum, eps));
            }));
  table.add("aten::dropout", rule([](const Tensor& x, double p, bool train) {
              if (!train || p == 0) return at::clone(x);
              return std::get<0>(at::native_dropout(x, p, true));
            }));
  table.add("aten::_adaptive_avg_pool2d", rule([](const Tensor& x, const Sizes& sizes) {
              if (sizes[0] == 1 && sizes[1] == 1) return at::mean(x, {-1, -2}, true);
              return at::_adaptive_avg_pool2d_symint(x, sizes);
            }));
  table.add("aten::baddbmm", opmath_rule([](const Tensor& x, const Tensor& a, const Tensor& b,
                                            const Scalar& given_beta, const Scalar& given_alpha) {
              const bool whole = at::isIntegralType(x.scalar_type(), /*includeBool=*/true);
              const Scalar beta = whole ? Scalar(given_beta.toLong()) : given_beta;
              const Scalar alpha = whole ? Scalar(given_alpha.toLong()) : given_alpha;
              Tensor product = at::bmm(a, b);
              if (alpha.toDouble() != 1) product = times(product, alpha);
              if (beta.toDouble() == 0) return product;
              return at::add(beta.toDouble() != 1 ? times(x, beta) : x, product);
            }));
}

/// Rows that are wholly masked become zeros.
Tensor safe_softmax(const Tensor& x, std::int64_t dim, std::optional<c10::ScalarType> dtype) {
  const Tensor result = at::softmax(x, dim, dtype);
  const Tensor masked = at::eq(x, -std::numeric_limits<double>::infinity());
  const Tensor rows = at::all(masked, dim, true);
  return at::where(rows, at::zeros_like(result), result);
}

/// In memory the heads come last but one, as the fused kernel leaves them.
std::tuple<Tensor, Tensor> attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                     double dropout, bool causal, const Weight& mask,
                                     std::optional<double> scale) {
  const bool grouped = q.sym_size(1) != k.sym_size(1);
  auto [output, weights] = at::_scaled_dot_product_attention_math(
      q, k, v, mask, dropout, causal, std::nullopt, scale, /*enable_gqa=*/grouped);
  const Tensor dense = at::clone(at::permute(output, {2, 0, 1, 3}), at::MemoryFormat::Contiguous);
  return {at::permute(dense, {1, 2, 0, 3}), weights};
}

void add_attention(DecompositionTable& table) {
  table.add("aten::_safe_softmax",
            rule([](const Tensor& x, std::int64_t dim, std::optional<c10::ScalarType> dtype) {
              return safe_softmax(x, dim, dtype);
            }));
  table.add("aten::_scaled_dot_product_flash_attention_for_cpu",
            rule([](const Tensor& q, const Tensor& k, const Tensor& v, double dropout, bool causal,
                    const Weight& mask, std::optional<double> scale) {
              return attention(q, k, v, dropout, causal, mask, scale);
            }));
}

/// The log probability of each row's class, and the weight of all rows together; classes
/// to ignore count nothing.
std::tuple<Tensor, Tensor> nll_loss(const Tensor& scores, const Tensor& target,
                                    const Weight& weight, std::int64_t reduction,
                                    const c10::SymInt& ignored) {
  const std::int64_t axis = scores.dim() < 2 ? 0 : 1;
  const auto if_counted = [&](const Tensor& rows) {
    const Tensor counted = at::ne(target, ignored);
    return at::where(counted, rows, number_like(0, rows));
  };
  Tensor x = scores, weights;
  if (is_given(weight)) {
    Sizes by_class(static_cast<std::size_t>(x.dim()), 1);
    by_class[static_cast<std::size_t>(axis)] = weight->sym_size(0);
    weights = x.dim() > 1 ? weight->view_symint(by_class) : *weight;
    x = at::mul(x, weights);
  }
  const Tensor classes = at::unsqueeze(if_counted(target), axis);
  const auto of_class = [&](const Tensor& values) {
    return at::squeeze(at::gather(values, axis, classes), axis);
  };
  const Tensor loss = if_counted(at::neg(of_class(x)));
  if (reduction == kNone && x.dim() > 1) {
    return {loss, x.new_full({}, 0.0)};
  }
  const Tensor total = is_given(weight)
                           ? at::sum(if_counted(of_class(weights.expand_symint(x.sym_sizes()))))
                           : at::_to_copy(at::sum(at::ne(target, ignored)),
                                          at::TensorOptions(x.scalar_type()).device(x.device()));
  if (reduction == kMean) return {at::div(at::sum(loss), total), total};
  return {reduced(loss, reduction), total};
}

void add_losses(DecompositionTable& table) {
  for (const char* op : {"aten::nll_loss_forward", "aten::nll_loss2d_forward"}) {
    table.add(op, rule([](const Tensor& x, const Tensor& target, const Weight& weight,
                          std::int64_t reduction, const c10::SymInt& ignored) {
                return nll_loss(x, target, weight, reduction, ignored);
              }));
  }
  table.add("aten::mse_loss", rule([](const Tensor& x, const Tensor& y, std::int64_t reduction) {
              return reduced(at::pow(at::sub(x, y), 2), reduction);
            }));
  table.add("aten::smooth_l1_loss",
            rule([](const Tensor& x, const Tensor& y, std::int64_t reduction, double beta) {
              const Tensor error = at::abs(at::sub(x, y));
              const Tensor small = at::lt(error, beta);
              const Tensor square = over(times(at::pow(error, 2), 0.5), beta);
              return reduced(at::where(small, square, minus(error, 0.5 * beta)), reduction);
            }));
  table.add("aten::huber_loss",
            rule([](const Tensor& x, const Tensor& y, std::int64_t reduction, double delta) {
              const Tensor error = at::abs(at::sub(x, y));
              const Tensor small = at::lt(error, delta);
              const Tensor square = at::mul(times(error, 0.5), error);
              const Tensor line = times(minus(error, 0.5 * delta), delta);
              return in_type(reduced(at::where(small, square, line), reduction), x.scalar_type());
            }));
  table.add("aten::binary_cross_entropy", rule([](const Tensor& x, const Tensor& target,
                                                  const Weight& weight, std::int64_t reduction) {
              // LibTorch reads a target of another shape as if it had this one.
              TORCH_CHECK(x.sym_sizes() == target.sym_sizes(), "binary_cross_entropy of ",
                          x.sym_sizes(), " with a target of ", target.sym_sizes());
              const auto least = [&] { return full_of({}, -100, x.scalar_type(), x.device()); };
              const Tensor past = minus(target, 1);
              const Tensor log1p = at::log1p(at::neg(x));
              const Tensor first = at::mul(past, at::maximum(log1p, least()));
              const Tensor log = at::log(x);
              const Tensor second = at::mul(target, at::maximum(log, least()));
              Tensor loss = at::sub(first, second);
              if (is_given(weight)) loss = at::mul(loss, *weight);
              return reduced(loss, reduction);
            }));
  table.add("aten::binary_cross_entropy_with_logits",
            rule([](const Tensor& x, const Tensor& target, const Weight& weight,
                    const Weight& positive, std::int64_t reduction) {
              const Tensor rest = at::sub(wrapped_number(1), target);
              const Tensor base = at::mul(rest, x);
              Tensor loss;
              if (is_given(positive)) {
                const Tensor factor = plus(at::mul(minus(*positive, 1), target), 1);
                loss = at::sub(base, at::mul(factor, at::log_sigmoid(x)));
              } else {
                loss = at::sub(base, at::log_sigmoid(x));
              }
              if (is_given(weight)) loss = at::mul(loss, *weight);
              return reduced(in_type(loss, target.scalar_type()), reduction);
            }));
}

}  // namespace

void add_layer_rules(DecompositionTable& table) {
  add_norms(table);
  add_attention(table);
  add_losses(table);
}

}  // namespace roundtrip
