#pragma once

#include <ATen/core/ivalue.h>

#include <algorithm>

namespace roundtrip {

/// Whether an operator's argument is a list of tensors, some of which may be None. Its items
/// tell: the type of a list's elements is what a TorchScript file declares, `Tensor?` as the
/// file spells it or `Any`, and neither `isTensorList` nor `isOptionalTensorList` holds then.
inline bool is_list_of_tensors(const c10::IValue& value) {
  if (value.isTensorList()) return true;
  if (!value.isList()) return false;
  const auto items = value.toListRef();
  return std::any_of(items.begin(), items.end(),
                     [](const c10::IValue& item) { return item.isTensor(); });
}

/// Calls `visit` for every tensor in an operator's argument that is defined.
template <typename Visit>
void visit_tensors(const c10::IValue& value, Visit visit) {
  if (value.isTensor() && value.toTensor().defined()) visit(value.toTensor());
  if (is_list_of_tensors(value)) {
    for (const c10::IValue& item : value.toListRef()) visit_tensors(item, visit);
  }
}

/// A copy of `value` with `replace` applied to every tensor in it.
template <typename Replace>
c10::IValue map_tensors(const c10::IValue& value, Replace replace) {
  if (value.isTensor()) return replace(value.toTensor());
  if (!is_list_of_tensors(value)) return value;
  c10::impl::GenericList items(value.toList().elementType());
  for (const c10::IValue& item : value.toListRef()) items.push_back(map_tensors(item, replace));
  return items;
}

}  // namespace roundtrip
