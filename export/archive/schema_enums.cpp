#include "export/archive/schema_enums.h"

#include <array>
#include <utility>

namespace roundtrip {
namespace {

template <typename Enum>
struct Names;

template <>
struct Names<c10::ScalarType> {
  static constexpr const char* kName = "dtype";
  static constexpr auto kPairs = std::to_array<std::pair<int, c10::ScalarType>>({
      {1, c10::ScalarType::Byte},
      {2, c10::ScalarType::Char},
      {3, c10::ScalarType::Short},
      {4, c10::ScalarType::Int},
      {5, c10::ScalarType::Long},
      {6, c10::ScalarType::Half},
      {7, c10::ScalarType::Float},
      {8, c10::ScalarType::Double},
      {9, c10::ScalarType::ComplexHalf},
      {10, c10::ScalarType::ComplexFloat},
      {11, c10::ScalarType::ComplexDouble},
      {12, c10::ScalarType::Bool},
      {13, c10::ScalarType::BFloat16},
      {28, c10::ScalarType::UInt16},
      {29, c10::ScalarType::Float8_e4m3fn},
      {30, c10::ScalarType::Float8_e5m2},
      {31, c10::ScalarType::Float8_e4m3fnuz},
      {32, c10::ScalarType::Float8_e5m2fnuz},
      {33, c10::ScalarType::Float8_e8m0fnu},
      {34, c10::ScalarType::UInt32},
      {35, c10::ScalarType::UInt64},
  });
};

template <>
struct Names<c10::Layout> {
  static constexpr const char* kName = "layout";
  static constexpr auto kPairs = std::to_array<std::pair<int, c10::Layout>>({
      {1, c10::Layout::Sparse},
      {2, c10::Layout::SparseCsr},
      {3, c10::Layout::SparseCsc},
      {4, c10::Layout::SparseBsr},
      {5, c10::Layout::SparseBsc},
      {6, c10::Layout::Mkldnn},
      {7, c10::Layout::Strided},
  });
};

template <>
struct Names<c10::MemoryFormat> {
  static constexpr const char* kName = "memory format";
  static constexpr auto kPairs = std::to_array<std::pair<int, c10::MemoryFormat>>({
      {1, c10::MemoryFormat::Contiguous},
      {2, c10::MemoryFormat::ChannelsLast},
      {3, c10::MemoryFormat::ChannelsLast3d},
      {4, c10::MemoryFormat::Preserve},
  });
};

template <>
struct Names<ArgumentKind> {
  static constexpr const char* kName = "argument kind";
  static constexpr auto kPairs = std::to_array<std::pair<int, ArgumentKind>>({
      {1, ArgumentKind::positional},
      {2, ArgumentKind::keyword},
  });
};

}  // namespace

template <typename Enum>
std::optional<Enum> enum_from_schema(std::int64_t number) {
  for (auto [schema, value] : Names<Enum>::kPairs)
    if (schema == number) return value;
  return std::nullopt;
}

template <typename Enum>
std::optional<std::int64_t> enum_to_schema(Enum value) {
  for (auto [schema, candidate] : Names<Enum>::kPairs)
    if (candidate == value) return schema;
  return std::nullopt;
}

template <typename Enum>
const char* enum_name() {
  return Names<Enum>::kName;
}

#define ROUNDTRIP_SCHEMA_ENUM(Enum)                                  \
  template std::optional<Enum> enum_from_schema<Enum>(std::int64_t); \
  template std::optional<std::int64_t> enum_to_schema<Enum>(Enum);   \
  template const char* enum_name<Enum>();
ROUNDTRIP_SCHEMA_ENUM(c10::ScalarType)
ROUNDTRIP_SCHEMA_ENUM(c10::Layout)
ROUNDTRIP_SCHEMA_ENUM(c10::MemoryFormat)
ROUNDTRIP_SCHEMA_ENUM(ArgumentKind)
#undef ROUNDTRIP_SCHEMA_ENUM

std::optional<c10::DeviceType> device_type_from_schema(std::string_view name) {
  for (int i = 0; i < c10::COMPILE_TIME_MAX_DEVICE_TYPES; ++i) {
    auto type = static_cast<c10::DeviceType>(i);
    if (c10::isValidDeviceType(type) && name == c10::DeviceTypeName(type, /*lower_case=*/true))
      return type;
  }
  return std::nullopt;
}

}  // namespace roundtrip
