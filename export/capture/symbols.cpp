#include "export/capture/symbols.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/symbolic.h>

namespace roundtrip {

namespace {

thread_local bool backed_size_oblivious = false;

}  // namespace

BackedSizeOblivious::BackedSizeOblivious() : saved_(std::exchange(backed_size_oblivious, true)) {
}

BackedSizeOblivious::~BackedSizeOblivious() {
  backed_size_oblivious = saved_;
}

Symbols::Symbols(bool is_strict)
    : env(backed_size_oblivious), strict(is_strict), refuses_reads(is_strict) {
}

Number Symbols::read(const Expr& number) {
  if (rehearsing) return env.value_in_this_run(number);
  if (refuses_reads && !env.has_unbacked(number)) {
    throw CaptureError(c10::str(
        "strict: forward reads the dynamic size ", to_string(number),
        " as a plain integer, so the program would hold for one size only. Use sym_size(), "
        "sym_sizes() and the _symint functions instead of size() and sizes(), or make the "
        "dimension static"));
  }
  return env.specialize(number);
}

void Symbols::require(const Expr& condition, const std::string& message) {
  if (!rehearsing) env.require(condition, message);
}

bool Symbols::decide(const Expr& condition) {
  if (rehearsing) return std::get<bool>(env.value_in_this_run(condition));
  return env.guard(condition);
}

bool Symbols::decide_or(const Expr& condition, bool otherwise) {
  if (!rehearsing && (env.backed_size_oblivious() || env.has_unbacked(condition))) {
    return env.statically_known(condition).value_or(otherwise);
  }
  return decide(condition);
}

}  // namespace roundtrip
