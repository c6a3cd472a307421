#include "runner/process/file_watch.h"

#include <limits.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

/// After a change, other files of the same build often follow.
constexpr int kQuietMs = 200;

}  // namespace

FileWatch::FileWatch() : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_.is_open()) throw_errno("inotify_init1");
}

FileWatch::State FileWatch::state_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void FileWatch::watch(const std::vector<fs::path>& files) {
  const auto earlier = std::exchange(states_, {});
  for (const auto& file : files) {
    const fs::path path = fs::absolute(file).lexically_normal();
    const auto known = earlier.find(path);
    states_[path] = known != earlier.end() ? known->second : state_of(path);
    watch_folder(path.parent_path());
    watch_folder(fs::weakly_canonical(path).parent_path());  // where a link leads
  }
}

/// Not the files: one that is replaced is another file.
void FileWatch::watch_folder(const fs::path& folder) {
  constexpr std::uint32_t kEvents =
      IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;
  const int id = ::inotify_add_watch(inotify_.get(), folder.c_str(), kEvents);
  if (id >= 0) {
    folders_[id] = folder;
  } else if (errno != ENOENT) {
    throw_errno(("watching " + folder.string()).c_str());
  }
}

bool FileWatch::read_events() {
  alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer;
  bool found = false;
  for (ssize_t size; (size = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = event.len > 0 ? buffer.data() + at + sizeof(event) : "";
      at += static_cast<ssize_t>(sizeof(event) + event.len);
      found = true;
      const fs::path file = folders_[event.wd] / name;
      if (event.mask & IN_MODIFY) open_.insert(file);
      if (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)) {
        open_.erase(file);
      }
    }
  }
  return found;
}

std::vector<fs::path> FileWatch::changed() const {
  std::vector<fs::path> files;
  for (const auto& [file, state] : states_) {
    if (state_of(file) != state) files.push_back(file);
  }
  return files;
}

std::optional<std::vector<fs::path>> FileWatch::wait(Interrupts& interrupts,
                                                     const IsWhole& is_whole,
                                                     const OnPartial& on_partial) {
  bool has_told = false;
  bool may_be_changed = true;  // since before this call
  while (true) {
    std::array<pollfd, 2> fds = {{{inotify_.get(), POLLIN, 0}, {interrupts.fd(), POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), may_be_changed ? kQuietMs : -1);
    if (ready < 0 && errno != EINTR) throw_errno("poll");
    if (fds[1].revents != 0) {
      const auto [ends, stops] = interrupts.take();
      if (ends > 0) return std::nullopt;
      if (stops > 0) interrupts.stop_process();
    }
    if (read_events()) {
      may_be_changed = true;
      continue;  // until there is none for a moment
    }
    if (ready != 0) continue;
    const auto files = changed();
    const auto partial = std::find_if(files.begin(), files.end(), [&](const auto& file) {
      return open_.count(file) > 0 || open_.count(fs::weakly_canonical(file)) > 0 ||
             !is_whole(file);
    });
    may_be_changed = false;
    if (partial != files.end()) {
      if (!std::exchange(has_told, true)) on_partial(*partial);
    } else if (!files.empty()) {
      for (const auto& file : files) states_[file] = state_of(file);
      return files;
    }
  }
}

}  // namespace roundtrip
