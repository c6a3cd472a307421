#include "export/shapes/fit.h"

#include <algorithm>

#include "export/shapes/arithmetic.h"

namespace roundtrip::shapes {
namespace {

constexpr std::int64_t kLargestDivisor = 8;
constexpr std::int64_t kLargestPower = 3;
constexpr std::size_t kFewestChecks = 3;

/// floor((sum of factor * symbol + constant) / divisor)
struct Affine {
  Point factors;
  std::int64_t constant = 0;
  std::int64_t divisor = 1;

  std::int64_t at(const Point& point) const {
    std::int64_t sum = constant;
    for (std::size_t i = 0; i < factors.size(); ++i) sum += factors[i] * point[i];
    return floor_divide(sum, divisor).expect_int();
  }

  c10::SymInt symbolic(const SymbolPoints& points) const {
    c10::SymInt sum = constant;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      if (factors[i] != 0) sum = points.symbol(i) * factors[i] + sum;
    }
    return divisor == 1 ? sum : floor_divide(sum, divisor);
  }
};

/// factor * product of symbol ^ power
struct Product {
  std::int64_t factor = 1;
  Point powers;

  std::int64_t at(const Point& point) const {
    std::int64_t result = factor;
    for (std::size_t i = 0; i < powers.size(); ++i) {
      for (std::int64_t p = 0; p < powers[i]; ++p) result *= point[i];
    }
    return result;
  }

  c10::SymInt symbolic(const SymbolPoints& points) const {
    c10::SymInt result = factor;
    for (std::size_t i = 0; i < powers.size(); ++i) {
      for (std::int64_t p = 0; p < powers[i]; ++p) result = points.symbol(i) * result;
    }
    return result;
  }
};

Point moved(Point point, std::size_t i, std::int64_t by) {
  point[i] += by;
  return point;
}

template <typename Formula>
bool verified(const Formula& formula, const Sample& sample, const std::vector<Point>& checks) {
  std::size_t agreeing = 0;
  for (const Point& point : checks) {
    const auto expected = sample(point);
    if (!expected) continue;
    if (formula.at(point) != *expected) return false;
    ++agreeing;
  }
  return agreeing >= kFewestChecks;
}

/// The slope over a whole period of the divisor is exact; the constant is one of as many
/// as the divisor.
std::optional<Affine> fit_affine(const Sample& sample, const Point& base, std::int64_t divisor,
                                 const std::vector<Point>& checks) {
  const std::int64_t here = sample(base).value();
  Affine affine{{}, 0, divisor};
  std::int64_t linear = 0;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const auto next = sample(moved(base, i, divisor));
    if (!next) return std::nullopt;
    affine.factors.push_back(*next - here);
    linear += affine.factors[i] * base[i];
  }
  for (std::int64_t rest = 0; rest < divisor; ++rest) {
    affine.constant = here * divisor - linear + rest;
    if (verified(affine, sample, checks)) return affine;
  }
  return std::nullopt;
}

std::optional<std::int64_t> power_of(const Sample& sample, const Point& base, std::size_t i) {
  const auto next = sample(moved(base, i, 1));
  if (!next) return std::nullopt;
  std::int64_t before = sample(base).value();
  std::int64_t after = *next;
  for (std::int64_t power = 0; power <= kLargestPower; ++power) {
    if (before == after) return power;
    before *= base[i] + 1;
    after *= base[i];
  }
  return std::nullopt;
}

std::optional<Product> fit_product(const Sample& sample, const Point& base,
                                   const std::vector<Point>& checks) {
  Product product;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const auto power = power_of(sample, base, i);
    if (!power) return std::nullopt;
    product.powers.push_back(*power);
  }
  const std::int64_t unit = product.at(base);
  if (unit == 0) return std::nullopt;
  product.factor = sample(base).value() / unit;
  return verified(product, sample, checks) ? std::optional(product) : std::nullopt;
}

}  // namespace

std::optional<c10::SymInt> fit(const Sample& sample, const Point& base,
                               const std::vector<Point>& checks, const SymbolPoints& points) {
  if (!sample(base)) return std::nullopt;
  if (const auto affine = fit_affine(sample, base, 1, checks)) return affine->symbolic(points);
  if (const auto product = fit_product(sample, base, checks)) return product->symbolic(points);
  for (std::int64_t divisor = 2; divisor <= kLargestDivisor; ++divisor) {
    if (const auto affine = fit_affine(sample, base, divisor, checks)) {
      return affine->symbolic(points);
    }
  }
  return std::nullopt;
}

}  // namespace roundtrip::shapes
