#include "export/decompose/composite.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace roundtrip {

bool is_composite(const c10::OperatorHandle& op) {
  return op.hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd);
}

/// The names are those of Python's `FunctionalTensor.maybe_aliasing_or_mutating_ops`.
bool can_stay_whole(const c10::OperatorHandle& op) {
  static const std::unordered_set<std::string> kMayAlias = {
      "aten::dropout",          "aten::batch_norm",    "aten::_batch_norm_impl_index",
      "aten::atleast_1d",       "aten::atleast_2d",    "aten::atleast_3d",
      "aten::cartesian_prod",   "aten::conj_physical", "aten::alpha_dropout",
      "aten::feature_dropout",  "aten::unsafe_chunk",  "aten::feature_alpha_dropout",
      "aten::native_batch_norm"};
  if (op.schema().hasAnyAliasInfo() || !gives_tensors(op.schema())) return false;
  return kMayAlias.count(op.schema().name()) == 0;
}

bool gives_tensors(const c10::FunctionSchema& schema) {
  const auto& returns = schema.returns();
  return std::any_of(returns.begin(), returns.end(), [](const c10::Argument& result) {
    return result.type()->isSubtypeOf(*c10::TensorType::get()) ||
           result.type()->isSubtypeOf(*c10::ListType::ofTensors());
  });
}

}  // namespace roundtrip
