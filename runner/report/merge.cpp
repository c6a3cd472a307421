#include "runner/report/merge.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace roundtrip {

namespace {

/// A report with the name of its file, for messages.
struct Part {
  Report report;
  std::string file;

  const Shard& shard() const { return report.part.shard; }
  const RunFacts& runs() const { return report.part.facts; }
};

/// The shards of one plan: of the same runs of the configuration.
using Group = std::vector<Part>;

/// Those that are missing are listed.
constexpr std::size_t kMostShards = 100'000;

std::string run_text(const std::string& run) {
  return run.empty() ? "the run without a name" : "'" + run + "'";
}

/// "of the run 'a'", where the report has not all runs of its configuration.
std::string of_runs(const Group& group) {
  const Part& first = group.front();
  if (first.runs().size() >= first.report.part.runs.size()) return "";
  std::vector<std::string> names;
  for (const auto& [run, facts] : first.runs()) names.push_back(run_text(run));
  return fmt::format(" of {}", fmt::join(names, ", "));
}

std::vector<std::string> names_of(const RunFacts& runs) {
  std::vector<std::string> names;
  for (const auto& [run, facts] : runs) names.push_back(run);
  return names;
}

/// By the runs that they have, which no two groups share; in the order of the configuration.
std::vector<Group> grouped(std::vector<Part> parts) {
  const std::vector<std::string> order = parts.front().report.part.runs;
  std::map<std::vector<std::string>, Group> groups;
  std::map<std::string, const Part*> part_of_run;
  for (const auto& part : parts) {
    const auto names = names_of(part.runs());
    for (const auto& name : names) {
      const auto [first, is_new] = part_of_run.emplace(name, &part);
      if (is_new || names_of(first->second->runs()) == names) continue;
      throw Error(
          fmt::format("{} and {} both have {}, and other runs beside it; give each run once",
                      first->second->file, part.file, run_text(name)));
    }
  }
  for (auto& part : parts) groups[names_of(part.runs())].push_back(std::move(part));
  std::vector<Group> list;
  for (auto& [names, group] : groups) list.push_back(std::move(group));
  const auto place = [&](const Group& group) {
    return std::find_if(order.begin(), order.end(),
                        [&](const auto& run) { return group.front().runs().count(run) > 0; });
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return list;
}

void check_configuration(const std::vector<Part>& parts) {
  const Part& first = parts.front();
  for (const auto& part : parts) {
    if (part.report.part.configuration == first.report.part.configuration &&
        part.report.part.runs == first.report.part.runs) {
      continue;
    }
    throw Error(fmt::format("{} and {} are of different configurations; give each the same file",
                            first.file, part.file));
  }
}

/// What shards of the same runs depend on.
void check_facts(const std::vector<Part>& parts) {
  std::map<std::string, const Part*> part_of_run;
  for (const auto& part : parts) {
    for (const auto& [run, facts] : part.runs()) {
      const auto [other, is_new] = part_of_run.emplace(run, &part);
      if (is_new) continue;
      const auto differing = differences({{run, other->second->runs().at(run)}}, {{run, facts}});
      if (differing.empty()) continue;
      throw Error(fmt::format("results that do not go together: {}",
                              difference_text(differing, other->second->file, part.file)));
    }
  }
}

/// A file that is in one place on every machine must be the same build.
void check_builds(const std::vector<Part>& parts) {
  std::map<std::string, std::pair<std::string, std::string>> content_of;
  for (const auto& part : parts) {
    std::map<std::string, std::string> files = part.report.environment.libraries;
    for (const auto& plugin : part.report.environment.plugins) files[plugin.path] = plugin.sha256;
    for (const auto& [path, sha256] : files) {
      const auto [other, is_new] = content_of.emplace(path, std::pair(sha256, part.file));
      if (is_new || other->second.first == sha256) continue;
      throw Error(
          fmt::format("results that do not go together: {} is one build in {} and another in {}",
                      path, other->second.second, part.file));
    }
  }
}

/// The shards that are missing, as a sentence; throws for those that do not belong together.
std::string missing_shards(const Group& group) {
  const std::size_t total = group.front().shard().total;
  if (total > kMostShards) {
    throw ConfigError(fmt::format("{}: /shard/total: {} is more shards than there can be",
                                  group.front().file, total));
  }
  std::map<std::size_t, std::string> file_of;
  for (const auto& part : group) {
    if (part.shard().total != total) {
      throw Error(fmt::format("{} is of a run of {} shards, {} of one of {}", group.front().file,
                              total, part.file, part.shard().total));
    }
    const auto [first, is_new] = file_of.emplace(part.shard().index, part.file);
    if (is_new) continue;
    const std::string what =
        total > 1 ? fmt::format("shard {} of {}{} is", part.shard().index, total, of_runs(group))
                  : fmt::format("the tests{} are", of_runs(group));
    throw Error(fmt::format("{} given twice: {} and {}", what, first->second, part.file));
  }
  std::vector<std::size_t> missing;
  for (std::size_t index = 1; index <= total; ++index) {
    if (file_of.count(index) == 0) missing.push_back(index);
  }
  if (missing.empty()) return "";
  return fmt::format("of {} shards{} these are missing: {}", total, of_runs(group),
                     fmt::join(missing, ", "));
}

/// The runs of the configuration that no report has, as a sentence.
std::string missing_runs(const std::vector<Group>& groups) {
  std::set<std::string> known;
  for (const auto& group : groups) {
    for (const auto& [run, facts] : group.front().runs()) known.insert(run);
  }
  std::vector<std::string> missing;
  for (const auto& run : groups.front().front().report.part.runs) {
    if (known.count(run) == 0) missing.push_back(run_text(run));
  }
  if (missing.empty()) return "";
  return fmt::format("of {} runs these are missing: {}",
                     groups.front().front().report.part.runs.size(), fmt::join(missing, ", "));
}

void check_tests(const std::vector<Group>& groups) {
  std::map<std::string, std::string> file_of;
  for (const auto& group : groups) {
    for (const auto& part : group) {
      for (const auto& test : part.report.plan) {
        const auto [first, is_new] = file_of.emplace(test->id(), part.file);
        if (is_new) continue;
        throw Error(fmt::format("the test '{}' is in two reports: {} and {}", test->id(),
                                first->second, part.file));
      }
    }
  }
}

/// The shards' tests are parts of one plan, and all of it unless shards are missing.
void check_whole(const Group& group, bool is_missing) {
  const PlanPart& first = group.front().report.part;
  std::size_t planned = 0;
  for (const auto& part : group) {
    const PlanPart& other = part.report.part;
    if (other.tests != first.tests || other.fingerprint != first.fingerprint) {
      throw Error(
          fmt::format("{} and {} are parts of different sets of tests; give every shard the same "
                      "configuration, filters, repetitions and, with --last-failed, history",
                      group.front().file, part.file));
    }
    planned += part.report.results.planned;
  }
  if (planned >= first.tests || is_missing) return;
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

template <typename Item>
void append(std::vector<Item>& all, std::vector<Item> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void add(Report& merged, Report report) {
  RunResults& all = merged.results;
  RunResults& results = report.results;
  all.jobs += results.jobs;
  all.seconds = std::max(all.seconds, results.seconds);
  all.interrupted = all.interrupted || results.interrupted;
  all.gave_up = all.gave_up || results.gave_up;
  if (all.fault.empty()) all.fault = results.fault;
  all.started = std::min(all.started, results.started);
  keep_common(merged.environment, report.environment);
  append(merged.plan, std::move(report.plan));
  append(all.tests, std::move(results.tests));
  append(all.not_run, std::move(results.not_run));
}

/// All tests of the groups, of which each has a plan of its own.
PlanPart whole_part(const std::vector<Group>& groups) {
  PlanPart whole = groups.front().front().report.part;
  whole.shard = {};
  for (std::size_t i = 1; i < groups.size(); ++i) {
    const PlanPart& part = groups[i].front().report.part;
    whole.tests += part.tests;
    whole.fingerprint = joined_fingerprint(whole.fingerprint, part.fingerprint);
    whole.facts.insert(part.facts.begin(), part.facts.end());
    if (part.selection != whole.selection) whole.selection += " or " + part.selection;
    whole.is_lasting = whole.is_lasting && part.is_lasting;
  }
  return whole;
}

Report joined(std::vector<Group> groups, std::vector<std::string> missing) {
  PlanPart whole = whole_part(groups);
  std::vector<Report> reports;
  for (auto& group : groups) {
    std::sort(group.begin(), group.end(),
              [](const auto& a, const auto& b) { return a.shard().index < b.shard().index; });
    for (auto& part : group) reports.push_back(std::move(part.report));
  }
  Report merged = std::move(reports.front());
  for (std::size_t i = 1; i < reports.size(); ++i) add(merged, std::move(reports[i]));
  merged.results.planned = whole.tests;
  merged.results.missing = std::move(missing);
  merged.part = std::move(whole);
  return merged;
}

std::vector<Part> named(std::vector<Report> reports,
                        const std::vector<std::filesystem::path>& files) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    parts.push_back({std::move(reports[i]), files[i].string()});
  }
  return parts;
}

}  // namespace

Report merge_reports(std::vector<Report> reports, const std::vector<std::filesystem::path>& files) {
  std::vector<Part> parts = named(std::move(reports), files);
  check_configuration(parts);
  check_facts(parts);
  check_builds(parts);
  std::vector<Group> groups = grouped(std::move(parts));
  std::vector<std::string> missing;
  for (const auto& group : groups) {
    const std::string shards = missing_shards(group);
    if (!shards.empty()) missing.push_back(shards);
    check_whole(group, !shards.empty());
  }
  if (auto runs = missing_runs(groups); !runs.empty()) missing.push_back(std::move(runs));
  check_tests(groups);
  return joined(std::move(groups), std::move(missing));
}

}  // namespace roundtrip
