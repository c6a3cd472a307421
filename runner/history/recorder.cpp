#include "runner/history/recorder.h"

#include <fmt/format.h>

#include <iostream>

#include "runner/history/folder_lock.h"
#include "runner/history/history.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

void warn(const std::string& sentence) {
  std::cerr << "warning: " << sentence << "\n";
}

bool is_damaged(const fs::path& file) {
  try {
    const auto store = HistoryStore::open(file);
    return store && !store->is_sound();
  } catch (const DatabaseError& error) {
    return error.is_damage();
  }
}

/// Unless another run has done that.
void move_aside(const fs::path& file, const DatabaseError& damage) {
  const FolderLock lock(file.parent_path());
  if (!is_damaged(file)) return;
  const fs::path aside = file.parent_path() / "history.damaged.sqlite";
  fs::rename(file, aside);
  warn(fmt::format("{}: it is moved to {}, and the history starts over", damage.what(),
                   aside.filename().string()));
}

}  // namespace

HistoryRecorder::HistoryRecorder(fs::path folder, Environment environment, PlanPart part,
                                 const Retention& retention)
    : folder_(std::move(folder)),
      environment_(std::move(environment)),
      part_(std::move(part)),
      retention_(retention) {
}

void HistoryRecorder::test_finished(const TestResult& result) {
  ended_[result.test] = std::chrono::system_clock::now();
}

void HistoryRecorder::run_finished(const RunResults& results) {
  const fs::path file = history_file(folder_);
  const auto add_to = [&](HistoryStore store) {
    store.add(results, past_run(results, environment_, part_), ended_, retention_);
  };
  try {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    try {
      add_to(HistoryStore::create(file));
    } catch (const DatabaseError& error) {
      if (!error.is_damage()) throw;
      move_aside(file, error);
      add_to(HistoryStore::create(file));
    }
  } catch (const std::exception& error) {
    warn(fmt::format("{}; the history lacks this run", error.what()));
  }
}

}  // namespace roundtrip
