#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runner/history/store.h"
#include "runner/report/json_report.h"
#include "runner/report/part_json.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

using Clock = std::chrono::system_clock;

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
