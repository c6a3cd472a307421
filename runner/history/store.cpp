#include "runner/history/store.h"

#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "runner/history/folder_lock.h"

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

}  // namespace

HistoryStore::HistoryStore(const std::filesystem::path& file, int timeout_ms)
    : file_(file.string()), database_(file, Database::Access::existing, timeout_ms) {
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

std::optional<HistoryStore> HistoryStore::open(const std::filesystem::path& file, int timeout_ms) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  HistoryStore store(file, timeout_ms);
  return store.version() == 0 ? std::nullopt : std::optional(std::move(store));
}

HistoryStore HistoryStore::create(const std::filesystem::path& file, int timeout_ms) {
  if (auto store = open(file, timeout_ms)) return std::move(*store);
  const FolderLock lock(file.parent_path());
  if (auto store = open(file, timeout_ms)) return std::move(*store);  // another was first
  make(file);
  return HistoryStore(file, timeout_ms);
}

/// Other processes see no file, or one with all its tables.
void HistoryStore::make(const std::filesystem::path& file) {
  const std::string unfinished = fmt::format("{}.{}.new", file.string(), ::getpid());
  {
    Database database(unfinished, Database::Access::create, kTimeoutMs);
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

}  // namespace roundtrip
