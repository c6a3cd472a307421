#include "runner/report/merge.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <map>

namespace roundtrip {

namespace {

using Files = std::vector<std::filesystem::path>;

/// Those that are missing are listed.
constexpr std::size_t kMostShards = 100'000;

void check_shards(const std::vector<Report>& reports, const Files& files) {
  const std::size_t total = reports.front().part.shard.total;
  if (total > kMostShards) {
    throw ConfigError(fmt::format("{}: /shard/total: {} is more shards than there can be",
                                  files[0].string(), total));
  }
  std::map<std::size_t, std::string> file_of;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const Shard& shard = reports[i].part.shard;
    if (shard.total != total) {
      throw Error(fmt::format("{} is of a run of {} shards, {} of one of {}", files[0].string(),
                              total, files[i].string(), shard.total));
    }
    const auto [first, is_new] = file_of.emplace(shard.index, files[i].string());
    if (is_new) continue;
    throw Error(fmt::format("shard {} of {} is given twice: {} and {}", shard.index, total,
                            first->second, files[i].string()));
  }
  std::vector<std::size_t> missing;
  for (std::size_t index = 1; index <= total; ++index) {
    if (file_of.count(index) == 0) missing.push_back(index);
  }
  if (missing.empty()) return;
  throw Error(fmt::format("of {} shards these are missing: {}; give the reports of all", total,
                          fmt::join(missing, ", ")));
}

void check_tests(const std::vector<Report>& reports, const Files& files) {
  std::map<std::string, std::string> file_of;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    for (const auto& test : reports[i].plan) {
      const auto [first, is_new] = file_of.emplace(test.id(), files[i].string());
      if (is_new) continue;
      throw Error(fmt::format("the test '{}' is in two reports: {} and {}", test.id(),
                              first->second, files[i].string()));
    }
  }
}

/// The shards' tests are all that the whole run has.
void check_whole(const std::vector<Report>& reports, const Files& files) {
  const PlanPart& first = reports.front().part;
  std::size_t planned = 0;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const PlanPart& part = reports[i].part;
    if (part.tests != first.tests || part.fingerprint != first.fingerprint) {
      throw Error(
          fmt::format("{} and {} are parts of different sets of tests; give every shard the same "
                      "configuration, filters, repetitions and, with --last-failed, history",
                      files[0].string(), files[i].string()));
    }
    planned += reports[i].results.planned;
  }
  if (planned >= first.tests) return;
  throw Error(
      fmt::format("of {} tests {} are in no shard; shards by time need the same times: give each "
                  "the same --times",
                  first.tests, first.tests - planned));
}

void keep_common(std::string& text, const std::string& other) {
  if (text != other) text.clear();
}

void keep_common(Environment& environment, const Environment& other) {
  for (auto member : {&Environment::command, &Environment::roundtrip, &Environment::libtorch,
                      &Environment::compiler, &Environment::system, &Environment::cpu,
                      &Environment::host, &Environment::commit, &Environment::shuffle_seed}) {
    keep_common(environment.*member, other.*member);
  }
  for (const auto& plugin : other.plugins) {
    const auto is_same = [&](const auto& own) {
      return own.path == plugin.path && own.sha256 == plugin.sha256;
    };
    auto& own = environment.plugins;
    if (std::none_of(own.begin(), own.end(), is_same)) own.push_back(plugin);
  }
}

void add(Report& merged, Report report) {
  RunResults& all = merged.results;
  const RunResults& results = report.results;
  all.planned += results.planned;
  all.jobs += results.jobs;
  all.seconds = std::max(all.seconds, results.seconds);
  all.interrupted = all.interrupted || results.interrupted;
  all.gave_up = all.gave_up || results.gave_up;
  if (all.fault.empty()) all.fault = results.fault;
  all.started = std::min(all.started, results.started);
  keep_common(merged.environment, report.environment);
  merged.plan.insert(merged.plan.end(), std::make_move_iterator(report.plan.begin()),
                     std::make_move_iterator(report.plan.end()));
  all.tests.insert(all.tests.end(), std::make_move_iterator(report.results.tests.begin()),
                   std::make_move_iterator(report.results.tests.end()));
}

}  // namespace

Report merge_reports(std::vector<Report> reports, const Files& files) {
  check_shards(reports, files);
  check_tests(reports, files);
  check_whole(reports, files);
  std::sort(reports.begin(), reports.end(),
            [](const auto& a, const auto& b) { return a.part.shard.index < b.part.shard.index; });
  Report merged = std::move(reports.front());
  for (std::size_t i = 1; i < reports.size(); ++i) add(merged, std::move(reports[i]));
  merged.part.shard = {1, 1};
  for (std::size_t i = 0; i < merged.plan.size(); ++i) {
    merged.results.tests[i].test = &merged.plan[i];
  }
  return merged;
}

}  // namespace roundtrip
