#pragma once

#include <roundtrip/archive.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

namespace roundtrip {

/// A whole archive as writable memory: a file mapped privately, so that a write
/// copies its page and never reaches the file, or a caller's bytes.
struct Memory {
  char* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> owner;

  std::string_view view() const { return {data, size}; }
};

/// Throws `ArchiveError` if the file cannot be opened or mapped. It must not be
/// truncated while the memory lives.
Memory map_file(const std::filesystem::path& path);

Memory own_bytes(Bytes bytes);

}  // namespace roundtrip
