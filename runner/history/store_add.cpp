#include <nlohmann/json.hpp>

#include "runner/history/store.h"
#include "runner/report/json_report.h"
#include "runner/report/part_json.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

double seconds_since_1970(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// What decides how a test ends, if anything does: runs of one build should agree.
std::string build_of(const Environment& environment) {
  std::string text = environment.roundtrip + " " + environment.libtorch;
  for (const auto& plugin : environment.plugins) text += " " + plugin.sha256;
  for (const auto& [path, sha256] : environment.libraries) text += " " + sha256;
  return text;
}

/// Writes the results of one run.
class ResultWriter {
 public:
  ResultWriter(const Database& database, std::int64_t run) : database_(database), run_(run) {}

  void add(const TestResult& result, std::chrono::system_clock::time_point ended) {
    const PastResult past = past_result(result, texts_);
    insert_
        .with(run_, test_number(*result.test, past), result.test->repetition,
              outcome_name(past.outcome), past.is_bad, past.is_quarantined, result.is_resumed,
              seconds_since_1970(ended), past.seconds, settings_number(past.settings.get()),
              past.message)
        .finish();
  }

 private:
  std::int64_t test_number(const PlannedTest& test, const PastResult& past) {
    test_.with(test.run, test.full_name(), run_, outcome_name(past.outcome), past.is_bad,
               past.seconds);
    test_.next();
    const std::int64_t number = test_.integer(0);
    test_.finish();
    return number;
  }

  std::int64_t settings_number(const std::string* text) {
    std::int64_t& number = settings_numbers_[text];
    if (number != 0) return number;
    settings_.with(*text).next();
    number = settings_.integer(0);
    settings_.finish();
    return number;
  }

  const Database& database_;
  std::int64_t run_;
  SettingsTexts texts_;
  std::map<const std::string*, std::int64_t> settings_numbers_;
  /// Of the repetitions in one run a bad one counts. Of the seconds, half is of the new ones.
  Statement test_{database_,
                  "INSERT INTO test (cell, name, last_run, outcome, bad, seconds) "
                  "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (cell, name) DO UPDATE SET "
                  "outcome = iif(last_run = excluded.last_run AND bad, outcome, excluded.outcome), "
                  "bad = iif(last_run = excluded.last_run AND bad, bad, excluded.bad), "
                  "seconds = (seconds + excluded.seconds) / 2, "
                  "last_run = excluded.last_run RETURNING number"};
  Statement settings_{database_,
                      "INSERT INTO settings (text) VALUES (?) ON CONFLICT (text) DO UPDATE SET "
                      "text = text RETURNING number"};
  Statement insert_{database_,
                    "INSERT INTO result (run, test, repetition, outcome, bad, quarantined, "
                    "resumed, ended, seconds, settings, message) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
};

/// Runs are forgotten from the oldest on; the newest stays whatever is asked.
void forget_runs(const Database& database, std::int64_t up_to) {
  Statement(database, "DELETE FROM result WHERE run <= ?").with(up_to).finish();
  Statement(database, "DELETE FROM run WHERE number <= ?").with(up_to).finish();
}

}  // namespace

void HistoryStore::add(const RunResults& results, const PastRun& run, const EndTimes& ended,
                       const Retention& retention) {
  // A power cut may lose the last runs, but no earlier ones: that is worth no waiting for disks.
  database_.run("PRAGMA synchronous = NORMAL");
  Transaction transaction(database_);
  ResultWriter writer(database_, add_run(run));
  for (const auto& result : results.tests) {
    const auto end = ended.find(result.test);
    writer.add(result, end != ended.end() ? end->second : results.started);
  }
  forget(retention);
  transaction.commit();
  if (number_of("PRAGMA freelist_count") > 0) database_.run("PRAGMA incremental_vacuum");
}

std::int64_t HistoryStore::add_run(const PastRun& run) {
  Statement insert(database_,
                   "INSERT INTO run (started, seconds, jobs, planned, results, bad, cut_short, "
                   "build, part, environment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                   "RETURNING number");
  const nlohmann::ordered_json part = {{"shard", shard_json(run.part)},
                                       {"configuration", configuration_json(run.part)}};
  insert
      .with(seconds_since_1970(run.started), run.seconds, run.jobs, run.planned, run.results,
            run.bad, run.cut_short, build_of(run.environment), to_line(part),
            to_line(environment_json(run.environment)))
      .next();
  const std::int64_t number = insert.integer(0);
  insert.finish();
  return number;
}

std::int64_t HistoryStore::used_bytes() const {
  return (number_of("PRAGMA page_count") - number_of("PRAGMA freelist_count")) *
         number_of("PRAGMA page_size");
}

void HistoryStore::forget(const Retention& retention) {
  const std::int64_t newest = number_of("SELECT max(number) FROM run");
  if (retention.days > 0) {
    Statement old(database_,
                  "SELECT coalesce(max(number), 0) FROM run WHERE number < ? "
                  "AND started < unixepoch() - ? * 86400");
    old.with(newest, retention.days).next();
    forget_runs(database_, old.integer(0));
  }
  if (retention.runs > 0) {
    Statement many(database_,
                   "SELECT coalesce(max(number), 0) FROM run WHERE number <= "
                   "(SELECT number FROM run ORDER BY number DESC LIMIT 1 OFFSET ?)");
    many.with(retention.runs).next();
    forget_runs(database_, many.integer(0));
  }
  while (retention.size > 0 && used_bytes() > retention.size) {
    const std::int64_t oldest = number_of("SELECT min(number) FROM run");
    if (oldest == newest) break;
    forget_runs(database_, oldest);
  }
  database_.run("DELETE FROM test WHERE last_run < (SELECT min(number) FROM run)");
}

}  // namespace roundtrip
