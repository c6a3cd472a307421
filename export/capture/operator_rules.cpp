#include "export/capture/operator_rules.h"

#include <ATen/core/enum_tag.h>
#include <roundtrip/error.h>

#include <string>
#include <unordered_map>

namespace roundtrip {
namespace {

bool holds_tensors(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::TensorType) return true;
  for (const auto& contained : type.containedTypes()) {
    if (holds_tensors(*contained)) return true;
  }
  return false;
}

bool is_mask(const at::Tensor& tensor) {
  return tensor.defined() &&
         (tensor.scalar_type() == at::kBool || tensor.scalar_type() == at::kByte);
}

/// `x[mask]` has as many rows as the mask has ones.
bool indexes_by_mask(c10::ArrayRef<c10::IValue> arguments) {
  for (const c10::IValue& index : arguments[1].toListRef()) {
    if (index.isTensor() && is_mask(index.toTensor())) return true;
  }
  return false;
}

/// Of others `is_nonzero` itself says what is wrong.
bool has_one_element(c10::ArrayRef<c10::IValue> arguments) {
  return arguments[0].toTensor().sym_numel().maybe_as_int().value_or(1) == 1;
}

bool always(c10::ArrayRef<c10::IValue>) {
  return true;
}
bool never(c10::ArrayRef<c10::IValue>) {
  return false;
}

using Predicate = bool (*)(c10::ArrayRef<c10::IValue>);

/// Where the operator's tags say too little (absent) or too much (only for some
/// arguments): is the shape or value of its result taken from data?
const std::unordered_map<std::string, Predicate>& exceptions_to_tags() {
  static const std::unordered_map<std::string, Predicate> kTable = {
      {"aten::is_nonzero", has_one_element},
      {"aten::where.default", always},
      {"aten::nonzero_numpy", always},
      {"aten::index.Tensor", indexes_by_mask},
      {"aten::one_hot", [](auto arguments) { return arguments[1].toInt() < 0; }},
      {"aten::repeat_interleave.Tensor", [](auto arguments) { return arguments[1].isNone(); }},
      {"aten::repeat_interleave.self_Tensor", [](auto arguments) { return arguments[3].isNone(); }},
      {"aten::_ctc_loss", never},
      {"aten::_ctc_loss.Tensor", never},
      {"aten::linalg_lstsq", never},
  };
  return kTable;
}

bool is_data_dependent(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments) {
  const auto& name = op.schema().operator_name();
  const auto& table = exceptions_to_tags();
  const auto rule =
      table.find(name.overload_name.empty() ? name.name : name.name + "." + name.overload_name);
  if (rule != table.end()) return rule->second(arguments);
  return op.hasTag(at::Tag::data_dependent_output) || op.hasTag(at::Tag::dynamic_output_shape);
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
