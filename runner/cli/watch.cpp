#include "runner/cli/watch.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <regex>
#include <utility>

#include "runner/cli/complain.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/run_arguments.h"
#include "runner/cli/watched_tests.h"
#include "runner/plugin_host/elf_file.h"
#include "runner/process/file_watch.h"
#include "runner/report/console_style.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

/// `libx.so`, `libx.so.1.2`
bool is_library(const fs::path& file) {
  static const std::regex kLibrary(".*[.]so([.][0-9]+)*");
  return std::regex_match(file.filename().string(), kLibrary);
}

/// A library that a linker is still writing has no table of its sections yet.
bool is_whole(const fs::path& file) {
  try {
    return !is_library(file) || ElfFile(file).is_shared_library();
  } catch (const PluginError&) {  // it is not there, for now
    return false;
  }
}

class Watch {
 public:
  Watch(const CommandLine& line, const RunSession& run)
      : line_(line), run_(run), terminal_(stdout, ColorMode::automatic) {}

  int operator()(Arguments& arguments, Session first) {
    {
      Session session = std::move(first);
      run(arguments, session, look_at(session));
    }
    while (code_ != kInterrupted) {
      const auto changed = wait();
      if (!changed) return code_;
      terminal_.begin_screen();
      for (const auto& file : *changed) say(kStrong, "Changed: " + name_of(file));
      run_again();
    }
    return code_;
  }

 private:
  /// For files that have changed; nothing when the watch is to end.
  std::optional<std::vector<fs::path>> wait() {
    Interrupts interrupts;  // before Ctrl-C is offered
    say(kDim, fmt::format("Watching {}; Ctrl-C ends", counted(files_.size(), "file")));
    return files_.wait(interrupts, is_whole, [&](const fs::path& file) {
      say(kDim, "Waiting until " + name_of(file) + " is written");
    });
  }

  /// Workers are gone when it returns: they have the old libraries loaded.
  void run_again() {
    try {
      Arguments arguments = run_arguments();
      arguments.parse(line_);
      Session session = open_session(arguments);
      check_run_arguments(arguments);
      TestHashes hashes = look_at(session);
      const std::size_t all = session.plan.size();
      std::erase_if(session.plan, [&](const PlannedTest& test) {
        const auto known = known_.find(test.base_id());
        return known != known_.end() && known->second == hashes.at(test.base_id());
      });
      const std::size_t count = session.plan.size();
      if (count == 0) return say(kStrong, "No test depends on that");
      say(kStrong, fmt::format("{} of {} to run again", count, counted(all, "test")));
      run(arguments, session, std::move(hashes));
    } catch (const std::exception&) {
      code_ = complain();
    }
  }

  TestHashes look_at(Session& session) {
    hash_plugins(session);
    std::vector<fs::path> files = session.config->files;
    for (const auto& [path, content] : session.contents) files.emplace_back(path);
    for (const auto& path : session.workers->suite_files()) files.emplace_back(path);
    files_.watch(files);
    TestHashes hashes = test_hashes(session);
    is_settled_ = !files_.has_changed();
    return hashes;
  }

  /// Tests that a run did not reach before it stopped have no known outcome, and none has where a
  /// file has changed since it was loaded.
  void run(Arguments& arguments, Session& session, TestHashes hashes) {
    code_ = run_(arguments, session);
    const bool is_limited = schedule_options(arguments).max_failures > 0;
    if (!is_settled_) return known_.clear();
    if (!is_limited || code_ == kAllAsExpected) known_ = std::move(hashes);
  }

  void say(fmt::text_style style, const std::string& text) {
    terminal_.write(terminal_.paint(style, text) + "\n");
  }

  /// As seen from here, if that is shorter.
  static std::string name_of(const fs::path& file) {
    const std::string near = file.lexically_proximate(fs::current_path()).string();
    return live_text(near.size() < file.string().size() ? near : file.string());
  }

  const CommandLine& line_;
  const RunSession& run_;
  Terminal terminal_;
  FileWatch files_;
  TestHashes known_;
  /// Whether the files are still those that were hashed.
  bool is_settled_ = true;
  int code_ = kAllAsExpected;
};

}  // namespace

int run_and_watch(const CommandLine& line, Arguments& arguments, Session session,
                  const RunSession& run) {
  if (!fs::is_regular_file(session.config->file)) {
    throw UsageError("--watch needs a configuration in a file, which may change");
  }
  return Watch(line, run)(arguments, std::move(session));
}

}  // namespace roundtrip
