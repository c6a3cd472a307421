#include "export/archive/memory.h"

#include <fcntl.h>
#include <roundtrip/error.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace roundtrip {
namespace {

/// Closes a file descriptor at the end of a scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& reason) {
  throw ArchiveError("", "cannot read '" + path.string() + "': " + reason);
}

std::string errno_text() {
  return std::generic_category().message(errno);
}

}  // namespace

Memory map_file(const std::filesystem::path& path) {
  // NONBLOCK: a fifo is refused below, not waited for.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) fail(path, errno_text());
  if (!S_ISREG(status.st_mode)) fail(path, "it is not a regular file");
  if (status.st_size == 0) fail(path, "it is empty, not a zip archive");

  auto size = static_cast<std::size_t>(status.st_size);
  // NORESERVE: only what is written to needs memory of its own.
  void* data =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
  if (data == MAP_FAILED) fail(path, errno_text());
  return {static_cast<char*>(data), size,
          std::shared_ptr<const void>(data, [size](void* start) { ::munmap(start, size); })};
}

Memory own_bytes(Bytes bytes) {
  auto owner = std::make_shared<Bytes>(std::move(bytes));
  return {owner->data(), owner->size(), owner};
}

}  // namespace roundtrip
