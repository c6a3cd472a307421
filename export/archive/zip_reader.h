#pragma once

#include <roundtrip/exported_program.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "export/archive/memory.h"

namespace roundtrip {

/// One record of an archive, named without the root folder.
struct ZipRecord {
  std::string_view name;
  char* data;
  std::size_t size;
  std::uint32_t crc;

  std::string_view view() const { return {data, size}; }
};

/// The records of a zip archive in memory, served in place. The constructor
/// checks the whole directory: every record is stored uncompressed, lies within
/// the archive, overlaps no other, has a plain name of its own and the same root
/// folder, and a local header that agrees. Immutable; may be read by several
/// threads. Throws `ArchiveError`.
class ZipReader {
 public:
  explicit ZipReader(Memory memory);

  /// In the order of the archive's directory.
  const std::vector<ZipRecord>& records() const { return records_; }
  const ZipRecord* find(const std::string& name) const;
  /// Throws `ArchiveError` when there is none of that name.
  const ZipRecord& get(const std::string& name) const;
  /// The record's bytes, which keep the archive's memory alive.
  RawBytes raw_bytes(const ZipRecord& record) const { return {record.view(), memory_.owner}; }
  const Memory& memory() const { return memory_; }

  /// Throws `ArchiveError` for the first record whose bytes do not match its CRC.
  void check_crcs() const;

 private:
  Memory memory_;
  std::vector<ZipRecord> records_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace roundtrip
