#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "runner/process/fd.h"
#include "runner/process/interrupts.h"

namespace roundtrip {

/// Waits for changes of files, which may be replaced, or be missing for a while, as a build does
/// with what it makes.
class FileWatch {
 public:
  FileWatch();

  /// From now on these files. What has changed since an earlier call, of those that were watched
  /// then too, has still changed.
  void watch(const std::vector<std::filesystem::path>& files);

  std::size_t size() const { return states_.size(); }

  /// Whether the next call of `wait` will find that one has changed already.
  bool has_changed() const { return !changed().empty(); }

  /// Whether a file that has changed may be used; a file that its writer has not closed is not
  /// asked for.
  using IsWhole = std::function<bool(const std::filesystem::path&)>;
  /// Called when a file is waited for that is not whole, once for each call of `wait`.
  using OnPartial = std::function<void(const std::filesystem::path&)>;

  /// The files that have changed, when nothing has changed for a moment and all of them are whole.
  /// Nothing when the process is asked to end, as it is by Ctrl-C.
  std::optional<std::vector<std::filesystem::path>> wait(Interrupts& interrupts,
                                                         const IsWhole& is_whole,
                                                         const OnPartial& on_partial);

 private:
  /// By which a file that was written is told from what it was; nothing for one that is missing.
  struct State {
    std::uintmax_t inode = 0;
    std::intmax_t size = -1;
    std::intmax_t seconds = 0;
    std::intmax_t nanoseconds = 0;
    bool operator==(const State&) const = default;
  };
  static State state_of(const std::filesystem::path& file);

  void watch_folder(const std::filesystem::path& folder);
  /// Notes which files are being written; false when there was no event.
  bool read_events();
  std::vector<std::filesystem::path> changed() const;

  UniqueFd inotify_;
  std::map<int, std::filesystem::path> folders_;
  std::map<std::filesystem::path, State> states_;
  /// Those that somebody has written to and not closed.
  std::set<std::filesystem::path> open_;
};

}  // namespace roundtrip
