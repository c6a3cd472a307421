#include "support/new_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

namespace roundtrip {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = ".roundtrip-";
constexpr std::string_view kSuffix = ".tmp";

bool is_temporary_name(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return false;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  return !name.empty() && name.find_first_not_of("0123456789") == name.npos;
}

/// Its writer holds a lock on a temporary file for as long as it lives.
bool lock(int fd) {
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
}

void remove_if_abandoned(const fs::path& temporary) {
  const UniqueFd fd(::open(temporary.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return;
  struct stat status {};
  const bool is_own =
      ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
  if (is_own && lock(fd.get())) ::unlink(temporary.c_str());
}

/// What killed processes left. That it cannot be listed or removed is no reason not to write.
void remove_abandoned(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_temporary_name(entry->path().filename().native())) remove_if_abandoned(entry->path());
  }
}

/// Whether the file still has a name: a process that cleans up may have been faster than the lock.
bool has_name(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_nlink != 0;
}

}  // namespace

NewFile::NewFile(const fs::path& path) : path_(path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) throw WriteError(path_, "it is not a regular file");
    fs::path target = fs::canonical(path, error);
    if (!error) path_ = target;  // replace what a link points to, not the link
  }
  remove_abandoned(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
  open_temporary();
  if (fs::exists(status)) ::fchmod(fd_, static_cast<mode_t>(status.permissions()));
}

void NewFile::open_temporary() {
  std::random_device random;
  for (;;) {
    temporary_ = path_;
    temporary_.replace_filename(std::string(kPrefix) + std::to_string(random()) +
                                std::to_string(random()) + std::string(kSuffix));
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno == EEXIST) continue;
    if (fd_ < 0) fail_errno();
    lock(fd_);  // where a file system has no locks, nothing is removed either
    if (has_name(fd_)) return;
    ::close(fd_);
  }
}

NewFile::~NewFile() {
  // Removed before the lock is released: after that the name may be another's.
  if (!committed_ && fd_ >= 0) ::unlink(temporary_.c_str());
  if (fd_ >= 0) ::close(fd_);
}

void NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_errno();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void NewFile::commit() {
  // Some file systems report a failed write only on closing, which would release the lock; a
  // descriptor of the same open file keeps it.
  const int keeps_lock = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (keeps_lock < 0) fail_errno();
  const int closed = ::close(std::exchange(fd_, keeps_lock));
  if (closed != 0) fail_errno();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_errno();
  committed_ = true;
}

void NewFile::fail_errno() const {
  throw WriteError(path_, std::generic_category().message(errno));
}

void write_file(const fs::path& path, std::string_view bytes) {
  NewFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace roundtrip
