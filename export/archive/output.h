#pragma once

#include <roundtrip/archive.h>

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

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

/// A new file that takes the place of `path` when all is written: a temporary
/// file in the same folder until `commit` renames it. Without `commit`, the
/// destructor removes it. A file that is replaced keeps its permissions; a
/// program whose weights are mapped from it keeps the old contents.
class FileOutput final : public Output {
 public:
  explicit FileOutput(const std::filesystem::path& path);
  ~FileOutput() override;
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  void write(std::string_view bytes) override;
  void commit();

 private:
  void open_temporary();
  [[noreturn]] void fail(const std::string& reason) const;
  [[noreturn]] void fail_errno() const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
  bool committed_ = false;
};

}  // namespace roundtrip
