#include "export/shapes/rules/call.h"

#include <c10/util/Exception.h>

namespace roundtrip::shapes {
namespace {

void collect_tensors(const c10::IValue& value, std::vector<at::Tensor>& out) {
  if (value.isTensor()) {
    if (value.toTensor().defined()) out.push_back(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) out.push_back(tensor);
  } else if (value.isList()) {
    for (const auto& item : value.toListRef()) collect_tensors(item, out);
  }
}

}  // namespace

c10::SymInt to_size(const c10::IValue& value) {
  if (value.isInt()) return value.toInt();
  if (value.isScalar()) return value.toScalar().toSymInt();
  return value.toSymInt();
}

Sizes to_sizes(const c10::IValue& value) {
  if (value.isNone()) return {};
  if (!value.isList()) return {to_size(value)};
  Sizes sizes;
  if (value.isIntList()) {
    for (std::int64_t item : value.toIntVector()) sizes.emplace_back(item);
    return sizes;
  }
  for (const c10::IValue& item : value.toListRef()) sizes.push_back(to_size(item));
  return sizes;
}

const c10::IValue* Call::find(std::string_view name) const {
  const auto& declared = schema_.arguments();
  for (std::size_t i = 0; i < declared.size() && i < arguments_.size(); ++i) {
    if (declared[i].name() == name) return arguments_[i].isNone() ? nullptr : &arguments_[i];
  }
  return nullptr;
}

bool Call::has(std::string_view name) const {
  return find(name) != nullptr;
}

const c10::IValue& Call::get(std::string_view name) const {
  const c10::IValue* value = find(name);
  TORCH_CHECK(value != nullptr, schema_.operator_name(), " has no argument ", name);
  return *value;
}

const at::Tensor& Call::tensor(std::size_t index) const {
  TORCH_CHECK(index < arguments_.size() && arguments_[index].isTensor(), schema_.operator_name(),
              ": argument ", index, " is no tensor");
  return arguments_[index].toTensor();
}

const at::Tensor& Call::tensor(std::string_view name) const {
  return get(name).toTensor();
}

std::optional<at::Tensor> Call::optional_tensor(std::string_view name) const {
  const c10::IValue* value = find(name);
  if (value == nullptr || !value->isTensor() || !value->toTensor().defined()) return std::nullopt;
  return value->toTensor();
}

std::vector<at::Tensor> Call::tensors(std::string_view name) const {
  const c10::IValue& value = get(name);
  if (value.isTensorList()) return value.toTensorVector();
  std::vector<at::Tensor> tensors;
  for (const c10::IValue& item : value.toListRef()) {
    tensors.push_back(item.isTensor() ? item.toTensor() : at::Tensor());
  }
  return tensors;
}

std::vector<at::Tensor> Call::inputs() const {
  std::vector<at::Tensor> tensors;
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    const c10::Argument& declared = schema_.arguments()[i];
    if (!declared.is_out()) collect_tensors(arguments_[i], tensors);
  }
  return tensors;
}

c10::SymInt Call::size(std::string_view name) const {
  return to_size(get(name));
}

std::optional<c10::SymInt> Call::optional_size(std::string_view name) const {
  const c10::IValue* value = find(name);
  if (value == nullptr) return std::nullopt;
  return to_size(*value);
}

Sizes Call::sizes(std::string_view name) const {
  const c10::IValue* value = find(name);
  return value == nullptr ? Sizes{} : to_sizes(*value);
}

std::int64_t Call::integer(std::string_view name) const {
  return size(name).guard_int(__FILE__, __LINE__);
}

std::int64_t Call::integer(std::string_view name, std::int64_t fallback) const {
  return has(name) ? integer(name) : fallback;
}

std::vector<std::int64_t> Call::integers(std::string_view name) const {
  std::vector<std::int64_t> integers;
  for (const c10::SymInt& item : sizes(name)) {
    integers.push_back(item.guard_int(__FILE__, __LINE__));
  }
  return integers;
}

bool Call::flag(std::string_view name) const {
  const c10::IValue* value = find(name);
  return value != nullptr && value->isBool() && value->toBool();
}

std::optional<at::ScalarType> Call::dtype() const {
  const c10::IValue* value = find("dtype");
  if (value == nullptr || !value->isInt()) return std::nullopt;
  return value->toScalarType();
}

std::string Call::text(std::string_view name) const {
  return std::string(get(name).toStringRef());
}

}  // namespace roundtrip::shapes
