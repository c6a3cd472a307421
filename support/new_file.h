#pragma once

#include <roundtrip/error.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace roundtrip {

/// A file cannot be written. `reason()` leaves out which.
class WriteError : public Error {
 public:
  WriteError(const std::filesystem::path& path, std::string reason)
      : Error("cannot write '" + path.string() + "': " + reason), reason_(std::move(reason)) {}

  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

/// A new file that takes the place of `path` when all is written, which is how this project
/// writes files: readers see the old one or the whole new one. Until `commit` renames it, it is
/// a temporary file in the same folder, of a name that nobody can foresee; without `commit`, the
/// destructor removes it, and one that a killed process left is removed by the next NewFile in
/// the folder. A file that is replaced keeps its permissions; of a link, what it points to is
/// replaced. All members throw `WriteError`, also if `path` exists and is not a regular file.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  void open_temporary();
  [[noreturn]] void fail_errno() const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
  bool committed_ = false;
};

/// All of it at once.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace roundtrip
