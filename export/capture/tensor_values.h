#pragma once

#include <ATen/core/ivalue.h>

namespace roundtrip {

/// Calls `visit` for every tensor in an operator's argument that is defined.
template <typename Visit>
void visit_tensors(const c10::IValue& value, Visit visit) {
  if (value.isTensor() && value.toTensor().defined()) visit(value.toTensor());
  if (value.isTensorList() || value.isOptionalTensorList()) {
    for (const c10::IValue& item : value.toListRef()) visit_tensors(item, visit);
  }
}

/// A copy of `value` with `replace` applied to every tensor in it.
template <typename Replace>
c10::IValue map_tensors(const c10::IValue& value, Replace replace) {
  if (value.isTensor()) return replace(value.toTensor());
  if (!value.isTensorList() && !value.isOptionalTensorList()) return value;
  c10::impl::GenericList items(value.toList().elementType());
  for (const c10::IValue& item : value.toListRef()) items.push_back(map_tensors(item, replace));
  return items;
}

}  // namespace roundtrip
