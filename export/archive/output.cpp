#include "export/archive/output.h"

#include <c10/util/StringUtil.h>
#include <fcntl.h>
#include <roundtrip/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <random>
#include <system_error>
#include <utility>

namespace roundtrip {

namespace fs = std::filesystem;

void StreamOutput::write(std::string_view bytes) {
  if (!stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw ArchiveError("", "cannot write the archive: the stream took no more bytes");
}

void StreamOutput::flush() {
  if (!stream_.flush())
    throw ArchiveError("", "cannot write the archive: the stream could not be flushed");
}

FileOutput::FileOutput(const fs::path& path) : path_(path) {
  std::error_code error;
  fs::file_status status = fs::status(path, error);
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) fail("it is not a regular file");
    fs::path target = fs::canonical(path, error);
    if (!error) path_ = target;  // replace what a link points to, not the link
  }
  open_temporary();
  if (fs::exists(status)) ::fchmod(fd_, static_cast<mode_t>(status.permissions()));
}

void FileOutput::open_temporary() {
  std::random_device random;
  do {
    temporary_ = path_;
    temporary_.replace_filename(c10::str(".", random(), ".pt2.tmp"));
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd_ < 0 && errno == EEXIST);
  if (fd_ < 0) fail_errno();
}

FileOutput::~FileOutput() {
  if (fd_ >= 0) ::close(fd_);
  if (!committed_) ::unlink(temporary_.c_str());
}

void FileOutput::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_errno();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void FileOutput::commit() {
  // Some file systems report a failed write only on closing.
  if (::close(std::exchange(fd_, -1)) != 0) fail_errno();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_errno();
  committed_ = true;
}

void FileOutput::fail(const std::string& reason) const {
  throw ArchiveError("", "cannot write '" + path_.string() + "': " + reason);
}

void FileOutput::fail_errno() const {
  fail(std::generic_category().message(errno));
}

}  // namespace roundtrip
