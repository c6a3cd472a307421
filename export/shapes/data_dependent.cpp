#include "export/shapes/data_dependent.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/enum_tag.h>

#include <string>
#include <unordered_map>

#include "export/shapes/rules/rules.h"

namespace roundtrip {
namespace {

bool selects(const at::Tensor& tensor) {
  return tensor.defined() &&
         (tensor.scalar_type() == at::kBool || tensor.scalar_type() == at::kByte);
}

/// `x[mask]` has as many rows as the mask has ones.
bool indexes_by_mask(c10::ArrayRef<c10::IValue> arguments) {
  for (const c10::IValue& index : arguments[1].toListRef()) {
    if (index.isTensor() && selects(index.toTensor())) return true;
  }
  return false;
}

/// Of others `is_nonzero` itself says what is wrong.
bool has_one_element(c10::ArrayRef<c10::IValue> arguments) {
  return arguments[0].toTensor().sym_numel().maybe_as_int().value_or(1) == 1;
}

/// Whether `linalg_lstsq` gives residuals depends on ranks for these drivers.
bool looks_at_ranks(c10::ArrayRef<c10::IValue> arguments) {
  if (arguments[3].isNone()) return false;
  const std::string& driver = arguments[3].toStringRef();
  return driver == "gelsd" || driver == "gelss";
}

bool is_data(c10::ArrayRef<c10::IValue>) {
  return true;
}
bool is_not_data(c10::ArrayRef<c10::IValue>) {
  return false;
}

using Predicate = bool (*)(c10::ArrayRef<c10::IValue>);

/// Where the operator's tags say too little (absent) or too much (only for some
/// arguments): is the shape or value of its result taken from data?
const std::unordered_map<std::string, Predicate>& exceptions_to_tags() {
  static const std::unordered_map<std::string, Predicate> kTable = {
      {"aten::is_nonzero", has_one_element},
      {"aten::where", is_data},
      {"aten::nonzero_numpy", is_data},
      {"aten::index.Tensor", indexes_by_mask},
      {"aten::one_hot", [](auto arguments) { return arguments[1].toInt() < 0; }},
      {"aten::repeat_interleave.Tensor", [](auto arguments) { return arguments[1].isNone(); }},
      {"aten::repeat_interleave.self_Tensor", [](auto arguments) { return arguments[3].isNone(); }},
      {"aten::_ctc_loss", is_not_data},
      {"aten::_ctc_loss.Tensor", is_not_data},
      {"aten::linalg_lstsq", looks_at_ranks},
  };
  return kTable;
}

}  // namespace

bool is_of_libtorch(const c10::FunctionSchema& schema) {
  return schema.name().starts_with("aten::") || schema.name().starts_with("prims::") ||
         shapes::find_rule(schema) != nullptr;
}

bool is_data_dependent(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments) {
  const auto& name = op.schema().operator_name();
  const auto& table = exceptions_to_tags();
  const auto rule =
      table.find(name.overload_name.empty() ? name.name : name.name + "." + name.overload_name);
  if (rule != table.end()) return rule->second(arguments);
  return op.hasTag(at::Tag::data_dependent_output) || op.hasTag(at::Tag::dynamic_output_shape);
}

}  // namespace roundtrip
