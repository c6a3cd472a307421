#include "runner/report/report_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "support/new_file.h"

namespace roundtrip {

namespace {

/// Zero, or the errno of the call that failed.
int write_to_device(const std::filesystem::path& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = 0;
  for (std::size_t written = 0; written < text.size() && error == 0;) {
    const ssize_t count = ::write(fd, text.data() + written, text.size() - written);
    if (count >= 0) written += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) error = errno;
  }
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& reason) {
  throw Error(
      fmt::format("cannot write the report {}: {}; choose another path", path.string(), reason));
}

/// Of the opening and writing of files.
template <typename Action>
void with_reason(const std::filesystem::path& path, Action action) {
  try {
    action();
  } catch (const WriteError& error) {
    fail(path, error.reason());
  }
}

}  // namespace

bool is_file_or_nothing(const std::filesystem::path& path) {
  std::error_code ignored;
  return !std::filesystem::exists(path, ignored) || std::filesystem::is_regular_file(path, ignored);
}

std::filesystem::path prepare_report_file(const std::filesystem::path& path) {
  const auto absolute = std::filesystem::absolute(path);
  if (is_file_or_nothing(absolute)) {
    std::error_code error;
    std::filesystem::create_directories(absolute.parent_path(), error);
    if (error) fail(path, error.message());
    with_reason(path, [&] { const NewFile probe(absolute); });
  } else if (std::filesystem::is_directory(absolute)) {
    fail(path, "it is a folder");
  } else if (::access(absolute.c_str(), W_OK) != 0) {
    fail(path, std::strerror(errno));
  }
  return absolute;
}

void write_report_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  if (is_file_or_nothing(path) || std::filesystem::is_directory(path, ignored)) {
    return with_reason(path, [&] { write_file(path, text); });
  }
  if (const int error = write_to_device(path, text)) fail(path, std::strerror(error));
}

}  // namespace roundtrip
