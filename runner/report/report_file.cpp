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

}  // namespace

void write_report_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  const bool is_special = std::filesystem::exists(path, ignored) &&
                          !std::filesystem::is_regular_file(path, ignored) &&
                          !std::filesystem::is_directory(path, ignored);
  const auto fail = [&](const std::string& reason) {
    throw Error(
        fmt::format("cannot write the report {}: {}; choose another path", path.string(), reason));
  };
  try {
    if (!is_special) return write_file(path, text);
  } catch (const WriteError& error) {
    fail(error.reason());
  }
  if (const int error = write_to_device(path, text)) fail(std::strerror(error));
}

}  // namespace roundtrip
