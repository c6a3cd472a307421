#pragma once

#include <c10/core/Device.h>
#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>
#include <c10/core/ScalarType.h>
#include <roundtrip/graph.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roundtrip {

/// The schema numbers its enums differently than c10. Each pair translates
/// one way and back; nothing comes back for a number or value without partner.

template <typename Enum>
std::optional<Enum> enum_from_schema(std::int64_t number);
template <typename Enum>
std::optional<std::int64_t> enum_to_schema(Enum value);
/// What the enum is called in error messages, e.g. `dtype`.
template <typename Enum>
const char* enum_name();

std::optional<c10::DeviceType> device_type_from_schema(std::string_view name);

}  // namespace roundtrip
