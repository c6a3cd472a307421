#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

/// The zip format (PKWARE APPNOTE), as far as `.pt2` archives use it.
namespace roundtrip::zip {

static_assert(std::endian::native == std::endian::little, "zip fields are little-endian");

inline constexpr std::uint32_t kLocalHeaderId = 0x04034b50;
inline constexpr std::uint32_t kCentralHeaderId = 0x02014b50;
inline constexpr std::uint32_t kDescriptorId = 0x08074b50;
inline constexpr std::uint32_t kEndId = 0x06054b50;
inline constexpr std::uint32_t kEnd64Id = 0x06064b50;
inline constexpr std::uint32_t kLocator64Id = 0x07064b50;

inline constexpr std::size_t kLocalHeaderSize = 30;
inline constexpr std::size_t kCentralHeaderSize = 46;
inline constexpr std::size_t kEndSize = 22;
inline constexpr std::size_t kEnd64Size = 56;
inline constexpr std::size_t kLocator64Size = 20;

inline constexpr std::uint16_t kFlagEncrypted = 0x0001;
inline constexpr std::uint16_t kFlagPatched = 0x0020;
inline constexpr std::uint16_t kFlagStronglyEncrypted = 0x0040;
inline constexpr std::uint16_t kFlagDescriptor = 0x0008;
inline constexpr std::uint16_t kFlagUtf8 = 0x0800;
inline constexpr std::uint16_t kFlagMasked = 0x2000;  ///< its header is encrypted
inline constexpr std::uint16_t kExtra64Id = 0x0001;
inline constexpr std::uint16_t kStored = 0;
/// The newest version that Python's zipfile reads, 6.3.
inline constexpr std::uint16_t kMaxVersion = 63;

/// A field with this value stands in a 64-bit extra field.
inline constexpr std::uint32_t kIn64 = 0xffffffff;
inline constexpr std::uint16_t kEntriesIn64 = 0xffff;

template <typename T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void append(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

}  // namespace roundtrip::zip
