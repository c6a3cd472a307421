#pragma once

#include <roundtrip/error.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "export/symbolic/expr/expr.h"
#include "export/symbolic/knowledge/asked_sizes.h"
#include "export/symbolic/knowledge/value_range.h"

namespace roundtrip {

/// Forward branched on, or read, a value that only data decides.
/// Python's `GuardOnDataDependentSymNode`.
class DataDependentError : public CaptureError {
 public:
  using CaptureError::CaptureError;
};

/// How a capture goes about sizes of inputs.
struct ShapeEnvOptions {
  /// They may be 0 and 1, as unbacked ones may.
  bool backed_size_oblivious = false;
  /// Conditions on them that ranges and equalities do not express are asserted by the
  /// program when it runs, instead of guarding it. Python's
  /// `prefer_deferred_runtime_asserts_over_guards`.
  bool prefer_deferred_runtime_asserts = false;
};

/// The symbols of one capture: where they come from, what their values are in the
/// run that is captured, what is known of them, and the guards that were needed.
/// Python's ShapeEnv. One thread.
class ShapeEnv {
 public:
  explicit ShapeEnv(ShapeEnvOptions options = {});
  ~ShapeEnv();
  ShapeEnv(const ShapeEnv&) = delete;
  ShapeEnv& operator=(const ShapeEnv&) = delete;

  // ---- symbols ----

  /// The size or integer that an input has at `source` (`L['x'].size()[0]`, `L['n']`),
  /// which is `hint` in this run: a symbol, or a literal if it is fixed. Symbols are
  /// named as Python names them, by the source's hash.
  Expr add_input(const std::string& source, std::int64_t hint, const SizeConstraint& asked);
  /// A floating point input. Symbols are `zf0`, ... by the source's hash.
  Expr add_float_input(const std::string& source, double hint);

  /// New symbols for values taken from data: `u0` (an integer), `zuf0` (a float). A
  /// boolean is the condition `Eq(u0, 1)`. `value` is what it is in this run; no guard
  /// ever uses it.
  Expr new_unbacked_int(std::int64_t value);
  Expr new_unbacked_float(double value);
  Expr new_unbacked_bool(bool value);

  /// Corrects what an unbacked symbol is in this run.
  void set_value_in_this_run(const Expr& symbol, std::int64_t value);

  /// Says that an unbacked symbol is a size: not negative; and at least 0 in its range.
  void mark_size(const Expr& symbol, std::optional<std::int64_t> max = std::nullopt);

  /// The sizes and integers of inputs, in the order in which they were added.
  const std::vector<InputSize>& inputs() const;

  // ---- questions ----

  /// The value in this run, of symbols from data too.
  Number value_in_this_run(const Expr& expr) const;
  bool has_unbacked(const Expr& expr) const;
  /// With what is known of its symbols put in: `s17` where it was found equal to `s77`.
  Expr simplify(const Expr& expr);
  /// Whether the condition is true, or false, for all values its symbols may have; by
  /// ranges and relations first, then by Z3 with bounded effort. Nothing if neither is
  /// proved. Adds no guard.
  std::optional<bool> statically_known(const Expr& condition);

  // ---- guards ----

  /// Decides a condition that forward branches on. If it is not known statically, the
  /// value in this run decides, and the program is guarded by it; for symbols from data
  /// that is a `DataDependentError` (its message starts as Python's: "Could not guard on
  /// data-dependent expression u0 > 3 (unhinted: u0 > 3).").
  bool guard(const Expr& condition);
  /// The same for a number that forward reads as a plain one: specialises.
  Number specialize(const Expr& number);
  /// `torch._check`: the condition holds from here on. A guard if the symbols come from
  /// inputs (unless assertions are preferred), otherwise a deferred assertion that also
  /// narrows ranges. Throws
  /// `CaptureError` if it is false.
  void require(const Expr& condition, const std::string& message = "");

  /// The conditions on symbols of inputs that the run relied on, in order.
  std::vector<Expr> guards() const;

  // ---- results ----

  /// Bounds of a symbol or, for an int expression, those that follow from its symbols'.
  std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>> range_of(const Expr& expr);

  /// Assertions for unbacked symbols, and of inputs if they are preferred to guards, in
  /// order of coming up, without those that what the ranges say already covers: those are
  /// written from the ranges.
  const std::vector<DeferredAssert>& deferred_asserts() const;

  /// Checks what was asked of the inputs against the guards. Throws `CaptureError`
  /// "Constraints violated (...)!" with Python's explanation and suggested fixes.
  void check_constraints();

  /// Python's `_guards_code`: each guard as a condition on sources.
  std::vector<std::string> guards_code();

  struct Range {
    std::string expr;  ///< as Python prints it: `s77`, `s17 + 1`
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
  };
  /// The program's range constraints, in Python's order.
  std::vector<Range> range_constraints();

  /// What a user should hear: "L['x'].size()[0] was read as a plain integer ...".
  const std::vector<std::string>& warnings() const;
  /// Whether sizes of inputs may be 0 and 1.
  bool backed_size_oblivious() const { return options_.backed_size_oblivious; }

 private:
  std::string specialization_warning(const Expr& number, const Expr& value);
  void add_guard(const Expr& guard);
  void defer(const Expr& condition, const std::string& message);

  struct State;
  std::unique_ptr<State> state_;
  const ShapeEnvOptions options_;
};

}  // namespace roundtrip
