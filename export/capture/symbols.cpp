#include "export/capture/symbols.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/symbolic.h>

#include "export/capture/placed_errors.h"
#include "export/symbolic/algebra.h"

namespace roundtrip {

namespace {

thread_local bool backed_size_oblivious = false;

/// What to write where forward branches on data.
std::string suggested_checks(const Expr& condition) {
  return "To fix the error, insert one of these checks before the branch, if it holds for all "
         "data:\n  1. torch_check(" +
         to_string(condition) + ")\n  2. torch_check(" + to_string(logical_not(condition)) +
         ")\nor keep both cases in the program: roundtrip::cond";
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
      refuses_reads(is_strict) {
}

Number Symbols::read(const Expr& number) {
  if (rehearsing) return env.value_in_this_run(number);
  return with_place([&] { return specialize(number); });
}

Number Symbols::specialize(const Expr& number) {
  if (refuses_reads && !env.has_unbacked(number)) {
    throw CaptureError(c10::str(
        "strict: forward reads the dynamic size ", to_string(number),
        " as a plain integer, so the program would hold for one size only. Use sym_size(), "
        "sym_sizes() and the _symint functions instead of size() and sizes(), or make the "
        "dimension static"));
  }
  const Number value = env.specialize(number);
  if (env.warnings().size() > places_.size()) places_.push_back(user_place());
  return value;
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
  if (!rehearsing) with_place([&] { env.require(condition, message); });
}

bool Symbols::decide(const Expr& condition) {
  if (rehearsing) return std::get<bool>(env.value_in_this_run(condition));
  return with_place([&] {
    try {
      return env.guard(condition);
    } catch (const DataDependentError& error) {
      throw DataDependentError(error.what() + suggested_checks(condition));
    }
  });
}

bool Symbols::decide_or(const Expr& condition, bool otherwise) {
  if (!rehearsing && (env.backed_size_oblivious() || env.has_unbacked(condition))) {
    return env.statically_known(condition).value_or(otherwise);
  }
  return decide(condition);
}

}  // namespace roundtrip
