#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string>
#include <string_view>

namespace roundtrip {

/// `torch.float32` for Float, as Python spells a dtype.
std::string dtype_name(c10::ScalarType dtype);
std::optional<c10::ScalarType> dtype_from_name(std::string_view name);

/// `torch.FloatStorage` for Float; nothing for dtypes newer than typed storages.
std::optional<std::string> storage_class_name(c10::ScalarType dtype);
std::optional<c10::ScalarType> dtype_from_storage_class(std::string_view name);

}  // namespace roundtrip
