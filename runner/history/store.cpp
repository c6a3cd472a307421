#include "runner/history/store.h"

#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "runner/history/folder_lock.h"
#include "runner/report/json_report.h"
#include "runner/report/part_json.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

/// In the file's user_version. A change of the tables is a new version, with the statements that
/// lead to it from the one before.
constexpr std::int64_t kVersion = 1;

/// In the file's application_id, by which it is known for a history: "rtrp".
constexpr std::int64_t kApplication = 0x72747270;

/// `test` says beside a test's name how it did when it last ran: that is asked before every run,
/// and must not take longer the more runs there are. `result` lies in the order of runs, so that
/// a run is written, read and forgotten as one piece.
constexpr const char* kTables = R"(
CREATE TABLE run (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  started REAL NOT NULL,
  seconds REAL NOT NULL,
  jobs INTEGER NOT NULL,
  planned INTEGER NOT NULL,
  results INTEGER NOT NULL,
  bad INTEGER NOT NULL,
  cut_short TEXT NOT NULL,
  build TEXT NOT NULL,
  part TEXT NOT NULL,
  environment TEXT NOT NULL
);
CREATE TABLE test (
  number INTEGER PRIMARY KEY,
  cell TEXT NOT NULL,
  name TEXT NOT NULL,
  last_run INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  bad INTEGER NOT NULL,
  seconds REAL NOT NULL,
  UNIQUE (cell, name)
);
CREATE TABLE settings (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE result (
  run INTEGER NOT NULL,
  test INTEGER NOT NULL,
  repetition INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  bad INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  resumed INTEGER NOT NULL,
  ended REAL NOT NULL,
  seconds REAL NOT NULL,
  settings INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (run, test, repetition)
) WITHOUT ROWID;
)";

using Clock = std::chrono::system_clock;

/// A write-ahead log needs memory that its readers and writers share, which machines that have a
/// file system in common do not: there the database has a journal instead.
bool is_shared_by_machines(const std::filesystem::path& folder) {
  // NFS, SMB and CIFS, AFS, Ceph, Lustre, GPFS, BeeGFS, 9P, FUSE: the numbers of statfs(2).
  constexpr std::array<std::uint32_t, 10> kTypes = {0x6969,     0xFE534D42, 0xFF534D42, 0x5346414F,
                                                    0x00C36400, 0x0BD00BD0, 0x47504653, 0x19830326,
                                                    0x01021997, 0x65735546};
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return false;
  const auto type = static_cast<std::uint32_t>(info.f_type);
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

Clock::time_point time_at(double seconds) {
  return Clock::time_point(
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
}

std::string id_of(const std::string& cell, const std::string& name) {
  return cell.empty() ? name : cell + " " + name;
}

Outcome outcome_from(const std::string& name) {
  if (const auto outcome = find_outcome(name)) return *outcome;
  throw Error("the history holds an outcome '" + name + "' that this roundtrip does not know");
}

PastRun run_from(const Statement& row) {
  PastRun run;
  run.number = row.integer(0);
  run.name = fmt::format("run {}", run.number);
  run.started = time_at(row.number(1));
  run.seconds = row.number(2);
  run.jobs = static_cast<int>(row.integer(3));
  run.planned = static_cast<std::size_t>(row.integer(4));
  run.results = static_cast<std::size_t>(row.integer(5));
  run.bad = static_cast<std::size_t>(row.integer(6));
  run.cut_short = row.text(7);
  run.part = part_from_json(nlohmann::json::parse(row.text(8)));
  run.environment = environment_from_json(nlohmann::json::parse(row.text(9)));
  return run;
}

constexpr const char* kRunColumns =
    "number, started, seconds, jobs, planned, results, bad, cut_short, part, environment";

/// The texts of the table `settings`, by number.
class SettingsById {
 public:
  explicit SettingsById(const Database& database) {
    Statement rows(database, "SELECT number, text FROM settings");
    while (rows.next()) {
      texts_[rows.integer(0)] = std::make_shared<const std::string>(rows.text(1));
    }
  }

  std::shared_ptr<const std::string> at(std::int64_t number) const {
    const auto found = texts_.find(number);
    return found == texts_.end() ? std::make_shared<const std::string>("{}") : found->second;
  }

 private:
  std::map<std::int64_t, std::shared_ptr<const std::string>> texts_;
};

/// Of the columns outcome, bad, quarantined, seconds, settings and message, from `first` on.
PastResult result_from(const Statement& row, int first, const std::string& cell, std::string id,
                       const SettingsById& settings) {
  return {std::move(id),
          cell,
          outcome_from(row.text(first)),
          row.integer(first + 1) != 0,
          row.integer(first + 2) != 0,
          row.number(first + 3),
          row.text(first + 5),
          settings.at(row.integer(first + 4))};
}

constexpr const char* kResultColumns =
    "result.outcome, result.bad, quarantined, result.seconds, settings, message";

}  // namespace

HistoryStore::HistoryStore(const std::filesystem::path& file, int patience_ms)
    : file_(file.string()), database_(file, Database::Access::existing, patience_ms) {
  const bool is_empty = number_of("SELECT count(*) FROM sqlite_schema") == 0;
  if (!is_empty && number_of("PRAGMA application_id") != kApplication) {
    throw DatabaseError::damage(file_);
  }
  const std::int64_t found = version();
  if (found <= kVersion) return;
  throw Error(
      fmt::format("{} was written by a later roundtrip (its tables are version {}, this one knows "
                  "{}); use that one, or move the file away",
                  file_, found, kVersion));
}

std::optional<HistoryStore> HistoryStore::open(const std::filesystem::path& file, int patience_ms) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  HistoryStore store(file, patience_ms);
  return store.version() == 0 ? std::nullopt : std::optional(std::move(store));
}

HistoryStore HistoryStore::create(const std::filesystem::path& file, int patience_ms) {
  if (auto store = open(file, patience_ms)) return std::move(*store);
  const FolderLock lock(file.parent_path());
  if (auto store = open(file, patience_ms)) return std::move(*store);  // another was first
  make(file);
  return HistoryStore(file, patience_ms);
}

/// Other processes see no file, or one with all its tables.
void HistoryStore::make(const std::filesystem::path& file) {
  const std::string unfinished = fmt::format("{}.{}.new", file.string(), ::getpid());
  {
    Database database(unfinished, Database::Access::create, kPatienceMs);
    database.run("PRAGMA auto_vacuum = INCREMENTAL");
    database.run(is_shared_by_machines(file.parent_path()) ? "PRAGMA journal_mode = DELETE"
                                                           : "PRAGMA journal_mode = WAL");
    database.run(kTables);
    database.run(
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplication, kVersion)
            .c_str());
  }
  std::error_code error;
  // What was not yet taken into a file that somebody has removed must not be taken into this one.
  for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(file.string() + end, error);
  std::filesystem::rename(unfinished, file, error);
  if (error) throw Error(fmt::format("{} cannot be made: {}", file.string(), error.message()));
}

std::int64_t HistoryStore::version() const {
  return number_of("PRAGMA user_version");
}

std::int64_t HistoryStore::number_of(const char* sql) const {
  Statement statement(database_, sql);
  return statement.next() ? statement.integer(0) : 0;
}

bool HistoryStore::is_sound() const {
  Statement statement(database_, "PRAGMA quick_check(1)");
  return statement.next() && statement.text(0) == "ok";
}

std::map<std::string, KnownTest> HistoryStore::known_tests() const {
  std::map<std::string, KnownTest> tests;
  Statement rows(database_, "SELECT cell, name, outcome, bad, seconds FROM test");
  while (rows.next()) {
    tests[id_of(rows.text(0), rows.text(1))] = {rows.text(2), rows.integer(3) != 0, rows.number(4)};
  }
  return tests;
}

std::vector<PastRun> HistoryStore::runs() const {
  std::vector<PastRun> runs;
  Statement rows(database_, fmt::format("SELECT {} FROM run ORDER BY number", kRunColumns));
  try {
    while (rows.next()) runs.push_back(run_from(rows));
  } catch (const nlohmann::json::exception&) {
    throw DatabaseError::damage(file_);
  }
  return runs;
}

PastResults HistoryStore::results(std::int64_t run) const {
  const SettingsById settings(database_);
  PastResults results;
  Statement rows(database_, fmt::format("SELECT cell, name, {} FROM result "
                                        "JOIN test ON test.number = result.test WHERE run = ?",
                                        kResultColumns));
  rows.with(run);
  while (rows.next()) {
    results.push_back(
        result_from(rows, 2, rows.text(0), id_of(rows.text(0), rows.text(1)), settings));
  }
  join_repetitions(results);
  return results;
}

std::vector<TestEvent> HistoryStore::events(const std::string& id) const {
  const SettingsById settings(database_);
  std::vector<TestEvent> events;
  Statement test(
      database_,
      "SELECT number, cell FROM test WHERE iif(cell = '', name, cell || ' ' || name) = ?");
  if (!test.with(id).next()) return events;
  Statement rows(database_, fmt::format("SELECT run.number, {} FROM run "
                                        "JOIN result ON result.run = run.number AND test = ? "
                                        "ORDER BY run.number, repetition",
                                        kResultColumns));
  rows.with(test.integer(0));
  while (rows.next())
    events.push_back({rows.integer(0), result_from(rows, 1, test.text(1), id, settings)});
  return events;
}

std::set<std::string> HistoryStore::flaky_tests(std::int64_t before, std::int64_t runs) const {
  std::set<std::string> tests;
  Statement rows(database_,
                 "SELECT DISTINCT cell, name FROM result JOIN test ON test.number = result.test "
                 "WHERE run < ? AND run >= ? AND result.outcome = 'flaky'");
  rows.with(before, before - runs);
  while (rows.next()) tests.insert(id_of(rows.text(0), rows.text(1)));
  return tests;
}

std::vector<std::string> HistoryStore::test_ids() const {
  std::vector<std::string> ids;
  Statement rows(database_, "SELECT cell, name FROM test ORDER BY cell, name");
  while (rows.next()) ids.push_back(id_of(rows.text(0), rows.text(1)));
  return ids;
}

std::vector<Steadiness> HistoryStore::steadiness() const {
  Statement rows(database_, R"(
    WITH in_build AS (
      SELECT test, count(*) AS runs,
             sum(outcome IN ('passed', 'flaky')) AS good,
             sum(outcome IN ('failed', 'error', 'crashed', 'timed_out', 'flaky')) AS unsteady
      FROM result JOIN run ON run.number = result.run
      WHERE NOT resumed AND outcome NOT IN ('skipped', 'xfailed', 'xpassed')
      GROUP BY test, build, settings)
    SELECT cell, name, sum(runs), sum(iif(good > 0, unsteady, 0))
    FROM in_build JOIN test ON test.number = in_build.test
    GROUP BY test.number ORDER BY cell, name)");
  std::vector<Steadiness> tests;
  while (rows.next()) {
    tests.push_back({id_of(rows.text(0), rows.text(1)), static_cast<std::size_t>(rows.integer(2)),
                     static_cast<std::size_t>(rows.integer(3))});
  }
  return tests;
}

}  // namespace roundtrip
