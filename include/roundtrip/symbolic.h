#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymBool.h>
#include <c10/core/SymFloat.h>
#include <c10/core/SymInt.h>

#include <cstdint>
#include <string>
#include <vector>

/// Functions on numbers that may be symbols while a program is captured: sizes of
/// dynamic dimensions (`x.sym_size(0)`) and values of data (`x.item().toSymInt()`).
/// They work on plain numbers alike, so that a model runs eagerly too.
namespace roundtrip {

/// States a fact: `torch._check`. The program asserts it when it runs, and everything
/// after it may rely on it: `torch_check(n >= 2)` lets `n` be a size. Throws `Error`
/// with the message if the condition is false, `CaptureError` during a capture.
void torch_check(const c10::SymBool& condition, const std::string& message = "");

/// States that a number of data is used as a size, so it is not negative:
/// `torch._check_is_size`. `max` is its greatest value.
void check_is_size(const c10::SymInt& size);
void check_is_size(const c10::SymInt& size, std::int64_t max);

c10::SymBool sym_and(const std::vector<c10::SymBool>& conditions);
c10::SymBool sym_or(const std::vector<c10::SymBool>& conditions);
c10::SymBool sym_not(const c10::SymBool& condition);
c10::SymInt sym_max(const c10::SymInt& a, const c10::SymInt& b);
c10::SymInt sym_min(const c10::SymInt& a, const c10::SymInt& b);
c10::SymInt sym_sum(const std::vector<c10::SymInt>& numbers);
c10::SymInt sym_ite(const c10::SymBool& condition, const c10::SymInt& then_value,
                    const c10::SymInt& else_value);
c10::SymFloat sym_float(const c10::SymInt& number);
/// The number without its fraction: `torch.sym_int`. Throws `c10::Error` if an integer
/// cannot hold it.
c10::SymInt sym_int(const c10::SymFloat& number);

/// The nearest integer, of two that are as near the even one: Python's `round`, for which its
/// files have no name. Throws `c10::Error` if an integer cannot hold it.
c10::SymInt sym_round(const c10::SymFloat& number);

/// Python's `number << bits` and `number >> bits`. Throw `Error` for fewer than 0 bits or more
/// than 62, and for a result that 64 bits cannot hold.
c10::SymInt sym_lshift(const c10::SymInt& number, std::int64_t bits);
c10::SymInt sym_rshift(const c10::SymInt& number, std::int64_t bits);

/// Whether the one element of a tensor is not 0: `torch.is_nonzero`, with a condition that
/// data decides in place of a plain bool. Throws `c10::Error` for a tensor of another size.
c10::SymBool sym_is_nonzero(const at::Tensor& tensor);

/// The number to the power of `exponent`, which is not negative: Python's `number ** exponent`,
/// and `math.pow` of integers. Throws `Error` for an exponent that is, and for a power that 64
/// bits cannot hold.
c10::SymInt sym_pow(const c10::SymInt& number, std::int64_t exponent);

/// `torch.sym_fresh_size`: the same number under a new symbol of data, by way of a tensor.
/// Sizes that are expressions of data, `u0 + 5`, become symbols of their own, of which a
/// program can assume that they are not 0 or 1. A plain number is returned as it is.
c10::SymInt sym_fresh_size(const c10::SymInt& number);

/// While one lives, programs exported on this thread treat sizes of inputs as they treat
/// sizes of data: dynamic ones may be 0 and 1 (examples of these sizes stay dynamic, and
/// ranges begin at 0), and `guard_or_false` and its like add no guards on them. A view
/// that cannot be had so asks of sizes what it needs after all. Python's
/// `torch.fx.experimental._config.backed_size_oblivious`.
class BackedSizeOblivious {
 public:
  BackedSizeOblivious();
  ~BackedSizeOblivious();
  BackedSizeOblivious(const BackedSizeOblivious&) = delete;
  BackedSizeOblivious& operator=(const BackedSizeOblivious&) = delete;

 private:
  bool saved_;
};

/// Whether a condition holds for all values that its symbols may have. Adds no guard.
bool statically_known_true(const c10::SymBool& condition);

/// Decides a condition, with a guard where inputs' sizes decide it. Where data decides
/// it and nothing is known, the answer is the one in the function's name, and the
/// program has to be right either way.
bool guard_or_false(const c10::SymBool& condition);
bool guard_or_true(const c10::SymBool& condition);

}  // namespace roundtrip
