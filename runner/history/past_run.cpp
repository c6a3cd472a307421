#include "runner/history/past_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/report/test_json.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

std::string cut_short_by(const RunResults& results) {
  if (!results.fault.empty()) return results.fault;
  if (!results.missing.empty()) return fmt::format("{}", fmt::join(results.missing, "; "));
  if (results.tests.size() >= results.planned) return "";
  if (results.interrupted) return "interrupted";
  return results.gave_up ? "as many tests failed as it was to bear" : "ended too early";
}

/// Two runs that had all cells had the same cells, whatever those were.
bool have_same_cells(const PlanPart& a, const PlanPart& b) {
  const auto is_whole = [](const PlanPart& part) { return part.facts.size() == part.runs.size(); };
  return (is_whole(a) && is_whole(b)) ||
         std::equal(a.facts.begin(), a.facts.end(), b.facts.begin(), b.facts.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

bool is_worse(const PastResult& result, const PastResult& other) {
  return std::pair(result.is_bad, result.outcome == Outcome::flaky) >
         std::pair(other.is_bad, other.outcome == Outcome::flaky);
}

}  // namespace

void join_repetitions(PastResults& results) {
  std::stable_sort(results.begin(), results.end(),
                   [](const auto& a, const auto& b) { return a.id < b.id; });
  PastResults joined;
  joined.reserve(results.size());
  for (auto& result : results) {
    if (joined.empty() || joined.back().id != result.id) {
      joined.push_back(std::move(result));
    } else if (is_worse(result, joined.back())) {
      joined.back() = std::move(result);
    }
  }
  results = std::move(joined);
}

const PastResult* find_result(const PastResults& results, const std::string& id) {
  const auto found =
      std::lower_bound(results.begin(), results.end(), id,
                       [](const auto& result, const auto& text) { return result.id < text; });
  return found != results.end() && found->id == id ? &*found : nullptr;
}

bool are_alike(const PastRun& a, const PastRun& b) {
  return a.part.selection == b.part.selection && a.part.shard.index == b.part.shard.index &&
         a.part.shard.total == b.part.shard.total && have_same_cells(a.part, b.part);
}

PastRun past_run(const RunResults& results, const Environment& environment, const PlanPart& part) {
  PastRun run;
  run.started = results.started;
  run.seconds = results.seconds;
  run.jobs = results.jobs;
  run.planned = results.planned;
  run.results = results.tests.size();
  run.bad = results.bad_count();
  run.cut_short = cut_short_by(results);
  run.environment = environment;
  run.part = part;
  return run;
}

std::shared_ptr<const std::string> SettingsTexts::of(const TestSettings& settings) {
  for (const auto& [known, text] : texts_) {
    if (known == settings) return text;
  }
  auto text = std::make_shared<const std::string>(settings_json(settings).dump());
  return texts_.emplace_back(settings, std::move(text)).second;
}

PastResult past_result(const TestResult& result, SettingsTexts& texts) {
  constexpr std::size_t kLongest = 8 * 1024;  // bytes; the reports have all of it
  return {result.test->base_id(),
          result.test->run,
          result.outcome,
          result.is_bad(),
          result.test->quarantine.has_value(),
          result.last().seconds,
          valid_utf8(result.cause().message.substr(0, kLongest)),
          texts.of(result.test->settings)};
}

PastResults past_results(const RunResults& results) {
  SettingsTexts texts;
  PastResults past;
  past.reserve(results.tests.size());
  for (const auto& result : results.tests) past.push_back(past_result(result, texts));
  join_repetitions(past);
  return past;
}

}  // namespace roundtrip
