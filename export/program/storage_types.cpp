#include "export/program/storage_types.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <array>

namespace roundtrip {

namespace {

using c10::ScalarType;

struct DtypeNames {
  ScalarType dtype;
  std::string_view name;
  std::string_view storage_class;  ///< empty if there is none
};

constexpr std::array kDtypes{
    DtypeNames{ScalarType::Float, "torch.float32", "torch.FloatStorage"},
    DtypeNames{ScalarType::Double, "torch.float64", "torch.DoubleStorage"},
    DtypeNames{ScalarType::Half, "torch.float16", "torch.HalfStorage"},
    DtypeNames{ScalarType::BFloat16, "torch.bfloat16", "torch.BFloat16Storage"},
    DtypeNames{ScalarType::Long, "torch.int64", "torch.LongStorage"},
    DtypeNames{ScalarType::Int, "torch.int32", "torch.IntStorage"},
    DtypeNames{ScalarType::Short, "torch.int16", "torch.ShortStorage"},
    DtypeNames{ScalarType::Char, "torch.int8", "torch.CharStorage"},
    DtypeNames{ScalarType::Byte, "torch.uint8", "torch.ByteStorage"},
    DtypeNames{ScalarType::Bool, "torch.bool", "torch.BoolStorage"},
    DtypeNames{ScalarType::ComplexDouble, "torch.complex128", "torch.ComplexDoubleStorage"},
    DtypeNames{ScalarType::ComplexFloat, "torch.complex64", "torch.ComplexFloatStorage"},
    DtypeNames{ScalarType::ComplexHalf, "torch.complex32", ""},
    DtypeNames{ScalarType::UInt16, "torch.uint16", ""},
    DtypeNames{ScalarType::UInt32, "torch.uint32", ""},
    DtypeNames{ScalarType::UInt64, "torch.uint64", ""},
    DtypeNames{ScalarType::Float8_e4m3fn, "torch.float8_e4m3fn", ""},
    DtypeNames{ScalarType::Float8_e4m3fnuz, "torch.float8_e4m3fnuz", ""},
    DtypeNames{ScalarType::Float8_e5m2, "torch.float8_e5m2", ""},
    DtypeNames{ScalarType::Float8_e5m2fnuz, "torch.float8_e5m2fnuz", ""},
    DtypeNames{ScalarType::Float8_e8m0fnu, "torch.float8_e8m0fnu", ""},
};

template <typename Predicate>
const DtypeNames* find(Predicate matches) {
  auto found = std::find_if(kDtypes.begin(), kDtypes.end(), matches);
  return found == kDtypes.end() ? nullptr : &*found;
}

const DtypeNames& names_of(ScalarType dtype) {
  if (auto* names = find([&](const auto& entry) { return entry.dtype == dtype; })) return *names;
  throw UnsupportedError(std::string("tensors of dtype ") + c10::toString(dtype) +
                         " are not supported");
}

}  // namespace

std::string dtype_name(ScalarType dtype) {
  return std::string(names_of(dtype).name);
}

std::optional<ScalarType> dtype_from_name(std::string_view name) {
  auto* names = find([&](const auto& entry) { return entry.name == name; });
  return names ? std::optional(names->dtype) : std::nullopt;
}

std::optional<std::string> storage_class_name(ScalarType dtype) {
  const auto& names = names_of(dtype);
  if (names.storage_class.empty()) return std::nullopt;
  return std::string(names.storage_class);
}

std::optional<ScalarType> dtype_from_storage_class(std::string_view name) {
  auto* names =
      find([&](const auto& entry) { return !name.empty() && entry.storage_class == name; });
  return names ? std::optional(names->dtype) : std::nullopt;
}

}  // namespace roundtrip
