#include "export/decompose/layers/composite.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace roundtrip {

bool is_composite(const c10::OperatorHandle& op) {
  return op.hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd);
}

namespace {

/// The names are those of Python's `FunctionalTensor.maybe_aliasing_or_mutating_ops`. Their
/// schemas do not say it.
std::optional<std::string> hidden_reason(const c10::OperatorHandle& op) {
  static const std::unordered_set<std::string> kMayReturnArgument = {
      "aten::dropout",         "aten::alpha_dropout",  "aten::feature_alpha_dropout",
      "aten::feature_dropout", "aten::atleast_1d",     "aten::atleast_2d",
      "aten::atleast_3d",      "aten::cartesian_prod", "aten::conj_physical",
      "aten::unsafe_chunk"};
  static const std::unordered_set<std::string> kMayWrite = {
      "aten::batch_norm", "aten::_batch_norm_impl_index", "aten::native_batch_norm"};
  const std::string& name = op.schema().name();
  if (kMayWrite.count(name) > 0) return "it may write to its running statistics";
  if (kMayReturnArgument.count(name) > 0) return "its result may be its argument, or a view of it";
  return std::nullopt;
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

bool gives_tensors(const c10::FunctionSchema& schema) {
  const auto& returns = schema.returns();
  return std::any_of(returns.begin(), returns.end(), [](const c10::Argument& result) {
    return result.type()->isSubtypeOf(*c10::TensorType::get()) ||
           result.type()->isSubtypeOf(*c10::ListType::ofTensors());
  });
}

}  // namespace roundtrip
