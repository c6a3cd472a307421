#pragma once

#include <ATen/core/ivalue.h>

namespace roundtrip {

/// A copy of `value` with `replace` applied to the tensor, or to each in the list, that it is.
template <typename Replace>
c10::IValue map_tensors(const c10::IValue& value, Replace replace) {
  if (value.isTensor()) return replace(value.toTensor());
  if (!value.isTensorList() && !value.isOptionalTensorList()) return value;
  c10::impl::GenericList items(value.toList().elementType());
  for (const c10::IValue& item : value.toListRef()) items.push_back(map_tensors(item, replace));
  return items;
}

}  // namespace roundtrip
