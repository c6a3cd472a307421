#include "export/decompose/layers/composite.h"

#include <string>

#include "export/operators/facts.h"
#include "export/operators/schema.h"

namespace roundtrip {

bool is_composite(const c10::OperatorHandle& op) {
  return op.hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd);
}

namespace {

std::optional<std::string> hidden_reason(const c10::OperatorHandle& op) {
  switch (facts_of(op).hidden) {
    case HiddenEffect::may_write:
      return "it may write to its running statistics";
    case HiddenEffect::may_return_argument:
      return "its result may be its argument, or a view of it";
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> reason_to_take_apart(const c10::OperatorHandle& op) {
  if (op.schema().is_mutable()) return "it writes to an argument";
  if (const auto reason = hidden_reason(op)) return reason;
  if (!is_composite(op)) return std::nullopt;
  if (op.schema().hasAnyAliasInfo()) return "its result is a view of its argument";
  if (!gives_tensors(op.schema())) return "it gives no tensor";
  return std::nullopt;
}

bool can_stay_whole(const c10::OperatorHandle& op) {
  return !reason_to_take_apart(op);
}

}  // namespace roundtrip
