#include "runner/report/report_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace roundtrip {

namespace {

/// Zero, or the errno of the call that failed.
int write_all(const std::filesystem::path& path, int flags, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
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

int write_and_rename(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  int error = write_all(temporary, O_CREAT | O_TRUNC, text);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(temporary.c_str());
  return error;
}

}  // namespace

void write_report_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  const bool is_special = std::filesystem::exists(path, ignored) &&
                          !std::filesystem::is_regular_file(path, ignored) &&
                          !std::filesystem::is_directory(path, ignored);
  const int error = is_special ? write_all(path, 0, text) : write_and_rename(path, text);
  if (error == 0) return;
  throw Error(fmt::format("cannot write the report {}: {}; choose another path", path.string(),
                          std::strerror(error)));
}

}  // namespace roundtrip
