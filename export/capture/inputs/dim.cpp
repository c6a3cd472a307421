#include <c10/util/StringUtil.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <cctype>
#include <limits>

#include "export/capture/inputs/spec_text.h"
#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {
namespace {

constexpr const char* kOnlyLinear =
    "(Only increasing linear operations with integer coefficients are supported.)";

bool is_identifier(const std::string& name) {
  auto allowed = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || byte == '_' || byte >= 0x80;
  };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), allowed);
}

/// As SymPy prints the expression: `2*dx + 1`.
std::string linear_text(const std::string& root, std::int64_t factor, std::int64_t offset) {
  std::string text = factor == 1 ? root : c10::str(factor, "*", root);
  if (offset > 0) text += c10::str(" + ", offset);
  if (offset < 0) text += " - " + std::to_string(offset).substr(1);
  return text;
}

std::int64_t in_range(std::optional<std::int64_t> number, const Dim& dim) {
  if (number) return *number;
  throw CaptureError(
      c10::str("The coefficients of a dimension derived from ", dim.name(), " exceed 64 bits"));
}

/// `factor * root + offset`, or nothing if it does not fit.
std::optional<std::int64_t> linear(const Dim& dim, std::int64_t root) {
  const auto product = python::multiply(dim.factor(), root);
  return product ? python::add(*product, dim.offset()) : std::nullopt;
}

void require_bound(const char* which, std::optional<std::int64_t> bound) {
  if (bound && *bound < 0) {
    throw CaptureError(c10::str(which, " must be non-negative, got ", *bound));
  }
}

}  // namespace

const Dim Dim::AUTO(Kind::automatic);
const Dim Dim::DYNAMIC(Kind::dynamic);
const Dim Dim::STATIC(Kind::fixed);

Dim::Dim(std::string name, std::optional<std::int64_t> min, std::optional<std::int64_t> max)
    : kind_(Kind::named), name_(std::move(name)), min_(min), max_(max) {
  if (max_ && *max_ <= min_.value_or(0)) {
    throw CaptureError("Cannot create Dim with inconsistent min=" + spec_text(min_) +
                       ", max=" + spec_text(max_));
  }
  if (!is_identifier(name_)) {
    throw CaptureError("Dim name must be a valid identifier, got " + name_);
  }
}

Dim Dim::operator()(std::optional<std::int64_t> min, std::optional<std::int64_t> max) const {
  if (kind_ == Kind::named || kind_ == Kind::derived || min_ || max_) {
    throw CaptureError("Bounds can be given to Dim::AUTO, Dim::DYNAMIC and Dim::STATIC, not to " +
                       spec_text(*this));
  }
  require_bound("min", min);
  require_bound("max", max);
  if (min && max && *max < *min) {
    throw CaptureError(c10::str("min must be <= max, got min=", *min, ", max=", *max));
  }
  Dim bounded(kind_);
  bounded.min_ = min;
  bounded.max_ = max;
  return bounded;
}

/// `factor * dim + offset`, as a function of the named dimension that `dim` stems from.
Dim Dim::derive(const Dim& dim, std::int64_t factor, std::int64_t offset) {
  if (dim.kind_ != Kind::named && dim.kind_ != Kind::derived) {
    throw CaptureError("Only a named dimension can be calculated with, not " + spec_text(dim));
  }
  const bool derived = dim.kind_ == Kind::derived;
  Dim result(Kind::derived);
  result.root_ = derived ? dim.root_ : std::make_shared<const Dim>(dim);
  result.factor_ = in_range(python::multiply(factor, dim.factor_), dim);
  const std::int64_t scaled = in_range(python::multiply(factor, dim.offset_), dim);
  result.offset_ = in_range(python::add(scaled, offset), dim);
  if (result.factor_ == 1 && result.offset_ == 0) return *result.root_;
  result.name_ = linear_text(result.root_->name_, result.factor_, result.offset_);
  return result;
}

Dim operator+(const Dim& dim, std::int64_t number) {
  return Dim::derive(dim, 1, number);
}

Dim operator-(const Dim& dim, std::int64_t number) {
  return Dim::derive(dim, 1, in_range(python::subtract(0, number), dim));
}

Dim operator*(const Dim& dim, std::int64_t number) {
  if (number <= 0) {
    throw CaptureError(c10::str("Attempted to multiply ", number, " with ", dim.name(),
                                ", where a positive integer was expected. ", kOnlyLinear));
  }
  return Dim::derive(dim, number, 0);
}

std::optional<std::int64_t> Dim::min() const {
  if (kind_ != Kind::derived) return min_;
  const std::int64_t root_min = root_->min_.value_or(0);
  const auto min = linear(*this, root_min);
  if (min && *min >= 0) return min;
  throw CaptureError(c10::str("Expected derived min value of ", name_,
                              " to be >= 0. Please specify an appropriate min value for ",
                              root_->name_, " (currently ", root_min, ")."));
}

std::optional<std::int64_t> Dim::max() const {
  if (kind_ != Kind::derived) return max_;
  if (!root_->max_) return std::nullopt;
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max() - 1;
  const auto max = linear(*this, *root_->max_);
  if (max && *max <= kLargest) return max;
  throw CaptureError(c10::str("Expected derived max value of ", name_, " to be <= ", kLargest,
                              ". Please specify an appropriate max value for ", root_->name_,
                              " (currently ", *root_->max_, ")."));
}

}  // namespace roundtrip
