#include <cmath>
#include <limits>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

namespace roundtrip {
namespace {

using at::Scalar;
using at::Tensor;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// `aten.clamp` at each end, as two steps.
Tensor clamp_0_6(const Tensor& x) {
  return at::clamp(at::clamp(x, 0), std::nullopt, 6);
}

Tensor is_finite(const Tensor& x) {
  const Tensor bounded = at::ne(at::abs(x), kInfinity);
  return at::mul(at::eq(x, x), bounded);
}

/// A float for a dtype of real numbers, and so on.
Scalar as_number_of(const Scalar& value, c10::ScalarType dtype) {
  if (value.isSymbolic()) return value;
  if (dtype == at::kBool) return value.toBool();
  if (c10::isIntegralType(dtype, /*includeBool=*/false)) return value.toLong();
  return c10::isFloatingType(dtype) ? Scalar(value.toDouble()) : value;
}

void add_activations(DecompositionTable& table) {
  table.add("aten::silu", opmath_rule([](const Tensor& x) { return at::mul(x, at::sigmoid(x)); }));
  table.add("aten::celu", opmath_rule([](const Tensor& x, const Scalar& alpha) {
              const Tensor negative = times(at::expm1(over(x, alpha)), alpha);
              return at::where(at::gt(x, 0), x, negative);
            }));
  table.add("aten::selu", rule([](const Tensor& x) {
              return at::elu(x, 1.6732632423543772, 1.0507009873554805);
            }));
  table.add("aten::hardsigmoid",
            opmath_rule([](const Tensor& x) { return over(clamp_0_6(plus(x, 3)), 6); }));
  table.add("aten::hardswish", opmath_rule([](const Tensor& x) {
              return over(at::mul(x, clamp_0_6(plus(x, 3))), 6);
            }));
  table.add("aten::hardshrink", rule([](const Tensor& x, const Scalar& lambda) {
              const Tensor small = at::le(at::abs(x), lambda);
              return at::where(small, number_like(0, x), x);
            }));
  table.add("aten::softshrink", rule([](const Tensor& x, const Scalar& lambda) {
              const Tensor large = at::gt(at::abs(x), lambda);
              const Tensor shrunk = at::sub(x, times(at::sign(x), lambda));
              return at::where(large, shrunk, times(x, 0));
            }));
  table.add("aten::mish", opmath_rule([](const Tensor& x) {
              const Tensor log = at::log1p(at::exp(x));
              return at::mul(x, at::tanh(at::where(at::gt(x, 20), x, log)));
            }));
  table.add("aten::softplus",
            opmath_rule([](const Tensor& x, const Scalar& beta, const Scalar& threshold) {
              if (beta.toDouble() == 1) {
                const Tensor log = at::log1p(at::exp(x));
                return at::where(at::gt(x, threshold), x, log);
              }
              const Tensor scaled = times(x, beta);
              const Tensor log = over(at::log1p(at::exp(scaled)), beta);
              return at::where(at::gt(scaled, threshold), x, log);
            }));
  table.add("aten::threshold",
            rule([](const Tensor& x, const Scalar& threshold, const Scalar& value) {
              const Tensor below = at::le(x, threshold);
              return at::where(below, number_like(value, x), x);
            }));
  table.add("aten::_prelu_kernel", rule([](const Tensor& x, const Tensor& weight) {
              const Tensor positive = at::gt(x, 0);
              return at::where(positive, x, at::mul(weight, x));
            }));
  table.add("aten::glu", opmath_rule([](const Tensor& x, std::int64_t dim) {
              const std::int64_t axis = c10::maybe_wrap_dim(dim, x.dim());
              const c10::SymInt half = x.sym_size(axis) / 2;
              const Tensor value = at::slice_symint(x, axis, 0, half);
              const Tensor gate = at::slice_symint(x, axis, half, half * 2);
              return at::mul(value, at::sigmoid(gate));
            }));
  table.add("aten::log_sigmoid_forward", opmath_rule([](const Tensor& x) {
              const Tensor zero = full_of({}, 0, x.scalar_type(), x.device());
              const Tensor least = at::minimum(zero, x);
              const Tensor exp = at::exp(at::neg(at::abs(x)));
              const Tensor value = at::sub(least, at::log1p(exp));
              // For the backward pass; the CPU's kernel keeps it.
              return std::tuple(value, x.is_cpu() ? exp : at::zeros({0}, x.options()));
            }));
}

void add_arithmetic(DecompositionTable& table) {
  table.add("aten::addcmul",
            opmath_rule([](const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
              const bool whole = at::isIntegralType(x.scalar_type(), /*includeBool=*/true);
              TORCH_CHECK(!whole || value.isIntegral(/*includeBool=*/true),
                          "addcmul of whole numbers with a factor that is none, ", value);
              const bool one = !value.isComplex() && value.toDouble() == 1;
              return at::add(x, at::mul(one ? a : times(a, value), b));
            }));
  table.add("aten::addcdiv",
            opmath_rule([](const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
              return at::add(x, at::div(times(a, value), b));
            }));
  table.add("aten::clamp_min",
            rule([](const Tensor& x, const Scalar& min) { return at::clamp(x, min); }));
  table.add("aten::clamp_max", rule([](const Tensor& x, const Scalar& max) {
              return at::clamp(x, std::nullopt, max);
            }));
  table.add("aten::floor_divide",
            rule([](const Tensor& x, const Tensor& y) { return at::div(x, y, "floor"); }));
  table.add("aten::rsub.Scalar", rule([](const Tensor& x, const Scalar& y, const Scalar& alpha) {
              return at::sub(wrapped_number(y), x, alpha);
            }));
  table.add("aten::rsub.Tensor", rule([](const Tensor& x, const Tensor& y, const Scalar& alpha) {
              return at::sub(y, x, alpha);
            }));
  table.add("aten::square", rule([](const Tensor& x) { return at::pow(x, 2); }));
  table.add("aten::frac", rule([](const Tensor& x) { return at::sub(x, at::trunc(x)); }));
  table.add("aten::deg2rad", rule([](const Tensor& x) { return times(x, M_PI / 180); }));
  table.add("aten::rad2deg", rule([](const Tensor& x) { return times(x, 180 / M_PI); }));
  table.add("aten::lerp.Scalar",
            opmath_rule([](const Tensor& x, const Tensor& end, const Scalar& weight) {
              return at::lerp(x, end, full_of({}, weight, x.scalar_type(), x.device()));
            }));
  table.add("aten::lerp.Tensor",
            opmath_rule([](const Tensor& x, const Tensor& end, const Tensor& weight) {
              const Tensor near_end = at::ge(at::abs(weight), 0.5);
              const Tensor factor = at::where(near_end, minus(weight, 1), weight);
              const Tensor base = at::where(near_end, end, x);
              return at::add(at::mul(factor, at::sub(end, x)), base);
            }));
}

void add_comparisons(DecompositionTable& table) {
  table.add("aten::isposinf", rule([](const Tensor& x) { return at::eq(x, kInfinity); }));
  table.add("aten::isneginf", rule([](const Tensor& x) { return at::eq(x, -kInfinity); }));
  table.add("aten::isfinite", rule([](const Tensor& x) { return is_finite(x); }));
  table.add("aten::isclose",
            rule([](const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
              Tensor close = at::eq(a, b);
              const Tensor x = in_real_type(a), y = in_real_type(b);  // differences of bytes wrap
              if (equal_nan) {
                close = at::logical_or(close, at::logical_and(at::isnan(x), at::isnan(y)));
              }
              using Mul = at::_ops::mul_Scalar;
              using Add = at::_ops::add_Scalar;
              const Tensor allowed = Add::call(at::abs(Mul::call(y, rtol)), atol, 1);
              const Tensor error = at::abs(at::sub(x, y));
              const Tensor finite = is_finite(error);
              const Tensor near = at::bitwise_and(finite, at::le(error, allowed));
              return at::bitwise_or(close, near);
            }));
  table.add("aten::heaviside", rule([](const Tensor& x, const Tensor& values) {
              const Tensor zero = at::eq(x, 0);
              const Tensor below = at::lt(x, 0);
              const Tensor negative = at::logical_or(below, at::isnan(x));
              const Tensor one_ = at::scalar_tensor(
                  1, at::TensorOptions(at::kLong).layout(at::kStrided).device(x.device()));
              const Tensor zero_ = at::scalar_tensor(
                  0, at::TensorOptions(at::kLong).layout(at::kStrided).device(x.device()));
              return in_type(at::where(zero, values, at::where(negative, zero_, one_)),
                             x.scalar_type());
            }));
  table.add("aten::logit", rule([](const Tensor& given, std::optional<double> eps) {
              const Tensor x = in_real_type(given);
              const double low = eps.value_or(-1.0);
              const double high = 1 - low;
              const Tensor below = at::lt(x, low);
              const Tensor above = at::gt(x, high);
              Tensor inside = at::where(above, number_like(high, x), x);
              inside = at::where(below, number_like(low, x), inside);
              return at::log(at::div(inside, at::sub(wrapped_number(1), inside)));
            }));
  table.add("aten::nan_to_num",
            rule([](const Tensor& x, std::optional<double> nan, std::optional<double> posinf,
                    std::optional<double> neginf) {
              // Each part of a complex number on its own: core operators have no such thing.
              if (x.is_complex()) return at::nan_to_num(x, nan, posinf, neginf);
              if (!x.is_floating_point()) return at::clone(x);
              const double largest = AT_DISPATCH_FLOATING_TYPES_AND2(
                  at::kHalf, at::kBFloat16, x.scalar_type(), "nan_to_num",
                  [] { return static_cast<double>(std::numeric_limits<scalar_t>::max()); });
              const Tensor undefined = at::isnan(x);
              Tensor result = at::where(undefined, number_like(nan.value_or(0.0), x), x);
              const Tensor low = at::eq(x, -kInfinity);
              result = at::where(low, number_like(neginf.value_or(-largest), x), result);
              const Tensor high = at::eq(x, kInfinity);
              return at::where(high, number_like(posinf.value_or(largest), x), result);
            }));
  table.add("aten::xlogy.Tensor", opmath_rule([](const Tensor& x, const Tensor& y) {
              const Tensor zero = at::eq(x, 0);
              const Tensor product = at::mul(x, at::log(y));
              const Tensor result = at::where(zero, number_like(0, product), product);
              const Tensor nan = at::isnan(y);
              return at::where(nan, number_like(std::nan(""), product), result);
            }));
  table.add("aten::masked_fill.Scalar",
            rule([](const Tensor& x, const Tensor& mask, const Scalar& value) {
              return at::where(mask, number_like(as_number_of(value, x.scalar_type()), x), x);
            }));
  table.add("aten::masked_fill.Tensor",
            rule([](const Tensor& x, const Tensor& mask, const Tensor& value) {
              return at::where(mask, value, x);
            }));
}

}  // namespace

void add_pointwise_rules(DecompositionTable& table) {
  add_activations(table);
  add_arithmetic(table);
  add_comparisons(table);
}

}  // namespace roundtrip
