#include "export/tracing/symbols.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/symbolic.h>

#include <algorithm>

#include "export/dispatch/operator_failure.h"
#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/text/cpp_code.h"
#include "export/tracing/placed_errors.h"

namespace roundtrip {

namespace {

thread_local bool backed_size_oblivious = false;

std::string named(const Expr& expr) {
  std::string names;
  for (const std::string& name : free_symbols(expr)) names += (names.empty() ? "" : ", ") + name;
  return names;
}

/// What to write where forward branches on data.
std::string suggested_checks(const Expr& condition) {
  const std::string holds = cpp_code(condition), fails = cpp_code(logical_not(condition));
  return "To fix the error, insert one of these checks before the branch, if it holds for all "
         "data:\n  1. roundtrip::torch_check(" +
         holds + ")\n  2. roundtrip::torch_check(" + fails +
         ")\nor let forward go one way where data decides, if either is right: "
         "roundtrip::guard_or_false(" +
         holds + "), guard_or_true\nor keep both cases in the program: roundtrip::cond\n(" +
         named(condition) + ": what item() gave, or the size of a result that data decides)";
}

/// What to write where forward reads an unbacked number as a plain one.
std::string suggested_reads(const Expr& number) {
  const bool whole = is_integer_valued(number);
  return "forward reads a number that data decides as a plain one (" + named(number) +
         ": what item() gave, or the size of a result). Instead of item<" +
         (whole ? "int64_t>() write item().toSymInt(), instead of size() sym_size(), and call "
                  "_symint functions with them"
                : "float>() or item<double>() write item().toSymFloat(), or calculate with the "
                  "tensor itself");
}

Number specialized(ShapeEnv& env, const Expr& number) {
  try {
    return env.specialize(number);
  } catch (const DataDependentError& error) {
    throw DataDependentError(error.what() + suggested_reads(number));
  }
}

}  // namespace

BackedSizeOblivious::BackedSizeOblivious() : saved_(std::exchange(backed_size_oblivious, true)) {
}

BackedSizeOblivious::~BackedSizeOblivious() {
  backed_size_oblivious = saved_;
}

std::int64_t to_int(const Number& number) {
  return std::visit([](auto value) { return static_cast<std::int64_t>(value); }, number);
}

Symbols::Symbols(bool is_strict, bool prefer_deferred_runtime_asserts)
    : env({backed_size_oblivious, prefer_deferred_runtime_asserts}),
      strict(is_strict),
      reads(is_strict ? Reads::refuse : Reads::specialize) {
}

Number Symbols::read(const Expr& number) {
  if (is_dry_run) return env.value_in_this_run(number);
  return with_place([&] { return specialize(number); });
}

Number Symbols::specialize(const Expr& number) {
  if (const std::optional<Expr> whole = whole_of(number)) {
    if (to_int(env.value_in_this_run(number)) != to_int(env.value_in_this_run(*whole))) {
      throw OperatorFailure(
          "forward reads a size that data decides as a plain number (the length of the longest of "
          "packed sequences). A program can hold that if it is the length of the padded input, "
          "which it is not here: give example inputs whose longest sequence fills it");
    }
    env.require(equal(number, *whole), "the longest sequence fills the padded input");
    return free_symbols(*whole).empty() ? env.value_in_this_run(*whole) : specialize(*whole);
  }
  const bool is_unbacked = env.has_unbacked(number);
  if (reads == Reads::refuse && !is_unbacked) throw CaptureError(refused_read_text(number));
  if (reads == Reads::note && !is_unbacked) {
    note(number);
    return env.value_in_this_run(number);
  }
  const Number value = specialized(env, number);
  if (env.warnings().size() > places_.size()) places_.push_back(user_place());
  return value;
}

void Symbols::expect_all_of(const Expr& size, const Expr& whole) {
  expected_wholes_.emplace_back(size, whole);
}

std::optional<Expr> Symbols::whole_of(const Expr& size) const {
  for (const auto& [part, whole] : expected_wholes_) {
    if (same(part, size)) return whole;
  }
  return std::nullopt;
}

void Symbols::note(const Expr& size) {
  const Expr known = env.simplify(size);
  const bool is_noted = std::any_of(noted_reads.begin(), noted_reads.end(),
                                    [&](const SizeRead& read) { return same(read.size, known); });
  if (!is_noted && !free_symbols(known).empty()) noted_reads.push_back({known, user_place()});
}

std::string refused_read_text(const Expr& size) {
  return c10::str(
      "strict: forward reads the dynamic size ", to_string(size),
      " as a plain integer, so the program would hold for one size only. Use sym_size(), "
      "sym_sizes() and the _symint functions instead of size() and sizes() (where a function of "
      "torch::nn reads it, the _symint function of the operator that it calls), or make the "
      "dimension static");
}

std::vector<std::string> Symbols::warnings() const {
  std::vector<std::string> warnings = env.warnings();
  for (std::size_t i = 0; i < places_.size(); ++i) warnings[i] += places_[i];
  warnings.insert(warnings.end(), notes.begin(), notes.end());
  return warnings;
}

void Symbols::check_constraints() {
  try {
    env.check_constraints();
  } catch (const CaptureError& error) {
    std::string places;
    for (const std::string& place : places_) places += place;
    if (!places.empty()) places.insert(0, "\n\nSizes were read as plain numbers");
    throw CaptureError(error.what() + places);
  }
}

void Symbols::require(const Expr& condition, const std::string& message) {
  if (!is_dry_run) with_place([&] { env.require(condition, message); });
}

bool Symbols::decide(const Expr& condition) {
  if (is_dry_run) return std::get<bool>(env.value_in_this_run(condition));
  return with_place([&] {
    try {
      return env.guard(condition);
    } catch (const DataDependentError& error) {
      throw DataDependentError(error.what() + suggested_checks(condition));
    }
  });
}

bool Symbols::decide_or(const Expr& condition, bool default_value) {
  if (!is_dry_run && (env.backed_size_oblivious() || env.has_unbacked(condition))) {
    return env.statically_known(condition).value_or(default_value);
  }
  return decide(condition);
}

}  // namespace roundtrip
