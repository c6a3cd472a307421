#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "runner/config/config.h"
#include "runner/history/past_run.h"
#include "runner/history/sqlite.h"

namespace roundtrip {

/// What is known of a test before it runs again.
struct KnownTest {
  std::string outcome;  ///< the last time, as reports spell it
  bool is_bad = false;
  double seconds = 0;  ///< a mean in which later runs count more
};

/// One result of a test among those of other runs.
struct TestEvent {
  std::int64_t run = 0;
  PastResult result;
};

/// How steady a test was in the runs that are kept.
struct Steadiness {
  std::string id;
  std::size_t runs = 0;
  /// In how many it failed, or passed only when tried again, though it passed in others of the
  /// same plugins, LibTorch, settings and threads.
  std::size_t unsteady = 0;
};

/// The earlier runs of one configuration: a database file that any number of processes may read
/// while one writes; a second writer waits for the first. A call that fails throws DatabaseError,
/// or Error if the file was written by a later version.
class HistoryStore {
 public:
  /// How long a process waits for another that writes.
  static constexpr int kTimeoutMs = 30'000;

  /// Nothing if there is no such file, or it is empty.
  static std::optional<HistoryStore> open(const std::filesystem::path& file,
                                          int timeout_ms = kTimeoutMs);
  /// Creates the file if it does not exist. Its folder must exist.
  static HistoryStore create(const std::filesystem::path& file, int timeout_ms = kTimeoutMs);

  /// Adds a run with its results and forgets what is too much, all in one transaction. `ended`
  /// says when a test ended, where that is known.
  using EndTimes = std::unordered_map<const PlannedTest*, std::chrono::system_clock::time_point>;
  void add(const RunResults& results, const PastRun& run, const EndTimes& ended,
           const Retention& retention);

  /// From now on reads see the state of one moment, whatever others write in the meantime.
  void hold_still() { database_.run("BEGIN"); }

  /// Whether all of the file can be read.
  bool is_sound() const;
  /// By `PlannedTest::base_id`.
  std::map<std::string, KnownTest> known_tests() const;
  /// The oldest first.
  std::vector<PastRun> runs() const;
  PastResults results(std::int64_t run) const;
  /// Every result of one test, the oldest first.
  std::vector<TestEvent> events(const std::string& id) const;
  /// Those that were flaky in one of so many runs before that one.
  std::set<std::string> flaky_tests(std::int64_t before, std::int64_t runs) const;
  std::vector<std::string> test_ids() const;
  /// Of all tests, by id.
  std::vector<Steadiness> steadiness() const;

 private:
  HistoryStore(const std::filesystem::path& file, int timeout_ms);

  std::int64_t version() const;
  /// The first column of the first row; 0 when there is none.
  std::int64_t number_of(const char* sql) const;
  static void make(const std::filesystem::path& file);
  std::int64_t add_run(const PastRun& run);
  void forget(const Retention& retention);
  std::int64_t used_bytes() const;

  std::string file_;
  Database database_;
};

}  // namespace roundtrip
