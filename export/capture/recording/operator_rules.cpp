#include "export/capture/recording/operator_rules.h"

#include <roundtrip/error.h>

#include "export/shapes/data_dependent.h"

namespace roundtrip {
namespace {

bool holds_tensors(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::TensorType) return true;
  for (const auto& contained : type.containedTypes()) {
    if (holds_tensors(*contained)) return true;
  }
  return false;
}

/// `equal(x, x)` is true whatever the data, and torch::nn's attention asks for it.
bool compares_with_itself(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> arguments) {
  return schema.name() == "aten::equal" && arguments[0].toTensor().is_same(arguments[1].toTensor());
}

}  // namespace

bool is_metadata_query(const c10::FunctionSchema& schema) {
  if (schema.returns().empty()) return false;
  for (const auto& result : schema.returns()) {
    if (holds_tensors(*result.type())) return false;
  }
  return true;
}

void refuse_data_dependent(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments) {
  if (!is_data_dependent(op, arguments) || compares_with_itself(op.schema(), arguments)) return;
  const bool value = is_metadata_query(op.schema());
  throw CaptureError(c10::str(
      "forward calls ", op.schema().operator_name(), ", whose ",
      value ? "result" : "result's shape",
      " depends on the data in a tensor; a program with static sizes cannot hold it. ",
      value ? "Keep the value in a tensor (torch::where instead of if), or pass it as an input"
            : "Use an operator whose result has a fixed shape (torch::where, a mask)"));
}

}  // namespace roundtrip
