#include "export/operators/schema.h"

#include <ATen/core/jit_type.h>

#include <algorithm>

namespace roundtrip {

std::optional<std::size_t> written_argument(const c10::FunctionSchema& schema,
                                            const c10::Argument& result) {
  if (!is_written(result)) return std::nullopt;
  for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
    const auto* alias = schema.arguments()[i].alias_info();
    if (alias != nullptr && alias->beforeSets() == result.alias_info()->beforeSets()) return i;
  }
  return std::nullopt;
}

bool holds_tensors(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::TensorType) return true;
  const auto contained = type.containedTypes();
  return std::any_of(contained.begin(), contained.end(),
                     [](const c10::TypePtr& part) { return holds_tensors(*part); });
}

bool gives_tensors(const c10::FunctionSchema& schema) {
  const auto& returns = schema.returns();
  return std::any_of(returns.begin(), returns.end(),
                     [](const c10::Argument& result) { return holds_tensors(*result.type()); });
}

}  // namespace roundtrip
