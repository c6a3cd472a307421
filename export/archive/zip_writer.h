#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "export/archive/output.h"

namespace roundtrip {

/// Writes a zip archive byte for byte as PyTorch's own writer does: records
/// stored, their data aligned to 64 bytes, sizes and CRC behind the data.
/// Borrows the output.
class ZipWriter {
 public:
  /// `root` is the folder all records lie in.
  ZipWriter(Output& output, std::string root);

  /// Throws `ArchiveError` for a name that is not a plain path or was used.
  void add(const std::string& name, std::string_view data);

  /// Adds the records that end every archive (version, byte order, identity) and
  /// the directory. Nothing may follow.
  void finish();

 private:
  void add_serialization_id();
  void append_local_header(const std::string& path, std::uint64_t size);
  std::uint32_t write_data(std::string_view data);
  void append_descriptor(std::uint32_t crc, std::uint64_t size, bool wide);
  void append_central_header(const std::string& path, std::uint32_t crc, std::uint64_t size,
                             std::uint64_t header_offset);
  void append_end_records();
  void flush();
  std::uint64_t position() const { return flushed_ + pending_.size(); }

  Output& output_;
  std::string root_;
  std::string pending_;  ///< small writes, collected
  std::uint64_t flushed_ = 0;
  std::string directory_;  ///< central headers so far
  std::uint64_t entries_ = 0;
  /// PyTorch hashes the names in this container's iteration order.
  std::unordered_set<std::string> names_;
  std::size_t combined_crc_ = 0;
};

}  // namespace roundtrip
