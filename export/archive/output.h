#pragma once

#include <roundtrip/archive.h>

#include <filesystem>
#include <iosfwd>
#include <string_view>

#include "support/new_file.h"

namespace roundtrip {

/// Where an archive is written to.
class Output {
 public:
  virtual ~Output() = default;
  /// Takes all bytes, or throws `ArchiveError`.
  virtual void write(std::string_view bytes) = 0;
};

class MemoryOutput final : public Output {
 public:
  explicit MemoryOutput(std::size_t expected_size) { bytes_.reserve(expected_size); }
  void write(std::string_view bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Borrows the stream.
class StreamOutput final : public Output {
 public:
  explicit StreamOutput(std::ostream& stream) : stream_(stream) {}
  void write(std::string_view bytes) override;
  /// Throws `ArchiveError` if anything is left unwritten.
  void flush();

 private:
  std::ostream& stream_;
};

/// A `NewFile`: nothing is seen of it before `commit`. A program whose weights are mapped from
/// the file that it replaces keeps the old contents.
class FileOutput final : public Output {
 public:
  explicit FileOutput(const std::filesystem::path& path);

  void write(std::string_view bytes) override;
  void commit();

 private:
  NewFile file_;
};

}  // namespace roundtrip
