#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/symbolic.h>

#include <cmath>

#include "export/tracing/sym_node.h"

namespace roundtrip {
namespace {

template <typename Symbolic>
SymNode* node_of(const Symbolic& value) {
  return value.is_heap_allocated() ? as_sym_node(value.toSymNodeImpl()) : nullptr;
}

SymNode* node_of(const c10::SymInt& value) {
  return value.is_heap_allocated() ? as_sym_node(value.toSymNode()) : nullptr;
}

}  // namespace

void torch_check(const c10::SymBool& condition, const std::string& message) {
  if (const SymNode* node = node_of(condition)) {
    node->symbols().require(node->expr(), message);
  } else if (!condition.guard_bool(__FILE__, __LINE__)) {
    throw Error(message.empty() ? "Expected cond to be True, but got False" : message);
  }
}

void check_is_size(const c10::SymInt& size) {
  const SymNode* node = node_of(size);
  torch_check(size.sym_ge(0));
  if (node != nullptr && !node->symbols().is_dry_run) {
    node->symbols().env.mark_size(node->expr());
  }
}

void check_is_size(const c10::SymInt& size, std::int64_t max) {
  check_is_size(size);
  torch_check(size.sym_le(max), "a size is larger than " + std::to_string(max));
}

c10::SymBool sym_and(const std::vector<c10::SymBool>& conditions) {
  c10::SymBool result = true;
  for (const c10::SymBool& condition : conditions) result = result.sym_and(condition);
  return result;
}

c10::SymBool sym_or(const std::vector<c10::SymBool>& conditions) {
  c10::SymBool result = false;
  for (const c10::SymBool& condition : conditions) result = result.sym_or(condition);
  return result;
}

c10::SymBool sym_not(const c10::SymBool& condition) {
  return condition.sym_not();
}

c10::SymInt sym_max(const c10::SymInt& a, const c10::SymInt& b) {
  return a.max(b);
}

c10::SymInt sym_min(const c10::SymInt& a, const c10::SymInt& b) {
  return a.min(b);
}

c10::SymInt sym_sum(const std::vector<c10::SymInt>& numbers) {
  c10::SymInt sum = 0;
  for (const c10::SymInt& number : numbers) sum = sum + number;
  return sum;
}

c10::SymInt sym_ite(const c10::SymBool& condition, const c10::SymInt& then_value,
                    const c10::SymInt& else_value) {
  if (const auto known = condition.maybe_as_bool()) return *known ? then_value : else_value;
  const c10::SymNode node = condition.toSymNodeImpl();
  return c10::SymInt(node->sym_ite(then_value.wrap_node(node), else_value.wrap_node(node)));
}

c10::SymFloat sym_float(const c10::SymInt& number) {
  return static_cast<c10::SymFloat>(number);
}

c10::SymInt sym_int(const c10::SymFloat& number) {
  if (!number.is_symbolic()) {
    const double value = std::trunc(number.as_float_unchecked());
    TORCH_CHECK(std::abs(value) < 0x1p63, "sym_int: ", value, " does not fit an integer");
    return static_cast<std::int64_t>(value);
  }
  auto* node = as_sym_node(number.toSymNodeImpl());
  TORCH_CHECK(node != nullptr, "sym_int: a symbolic number of another library");
  return c10::SymInt(node->trunc());
}

c10::SymBool sym_is_nonzero(const at::Tensor& tensor) {
  const c10::Scalar value = tensor.item();
  if (value.isBoolean()) return value.toSymBool();
  if (value.isFloatingPoint()) return value.toSymFloat().sym_ne(0.0);
  TORCH_CHECK(!value.isComplex(), "sym_is_nonzero: a program has no symbolic complex numbers");
  return value.toSymInt().sym_ne(0);
}

c10::SymInt sym_round(const c10::SymFloat& number) {
  if (!number.is_symbolic()) {
    const double value = std::nearbyint(number.as_float_unchecked());
    TORCH_CHECK(std::abs(value) < 0x1p63, "sym_round: ", value, " does not fit an integer");
    return static_cast<std::int64_t>(value);
  }
  auto* node = as_sym_node(number.toSymNodeImpl());
  TORCH_CHECK(node != nullptr, "sym_round: a symbolic number of another library");
  return c10::SymInt(node->round());
}

namespace {

void require_bits(std::int64_t bits) {
  if (bits < 0 || bits > 62) throw Error(c10::str("a number cannot be shifted by ", bits, " bits"));
}

}  // namespace

c10::SymInt sym_lshift(const c10::SymInt& number, std::int64_t bits) {
  require_bits(bits);
  if (SymNode* node = node_of(number)) return c10::SymInt(node->lshift(node->wrap_int(bits)));
  std::int64_t result = 0;
  if (__builtin_mul_overflow(number.expect_int(), std::int64_t{1} << bits, &result)) {
    throw Error(c10::str("sym_lshift: ", number, " << ", bits, " is too large"));
  }
  return result;
}

c10::SymInt sym_rshift(const c10::SymInt& number, std::int64_t bits) {
  require_bits(bits);
  if (SymNode* node = node_of(number)) return c10::SymInt(node->rshift(node->wrap_int(bits)));
  return number.expect_int() >> bits;
}

c10::SymInt sym_pow(const c10::SymInt& number, std::int64_t exponent) {
  if (exponent < 0)
    throw Error("sym_pow: the exponent " + std::to_string(exponent) + " is negative");
  if (SymNode* node = node_of(number)) return c10::SymInt(node->pow(node->wrap_int(exponent)));
  std::int64_t result = 1;
  for (std::int64_t i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(result, number.expect_int(), &result)) {
      throw Error(c10::str("sym_pow: ", number, " to the power of ", exponent, " is too large"));
    }
  }
  return result;
}

c10::SymInt sym_fresh_size(const c10::SymInt& number) {
  if (number.maybe_as_int()) return number;
  return at::scalar_tensor(number, at::TensorOptions(at::kLong).device(at::kCPU)).item().toSymInt();
}

bool statically_known_true(const c10::SymBool& condition) {
  return TORCH_STATICALLY_KNOWN_TRUE(condition);
}

bool guard_or_false(const c10::SymBool& condition) {
  return TORCH_GUARD_OR_FALSE(condition);
}

bool guard_or_true(const c10::SymBool& condition) {
  return TORCH_GUARD_OR_TRUE(condition);
}

}  // namespace roundtrip
