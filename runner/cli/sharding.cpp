#include "runner/cli/sharding.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "runner/report/read_report.h"

namespace roundtrip {

namespace {

namespace po = boost::program_options;

std::optional<Shard> shard_of(const Arguments& arguments, const GetVariable& variable) {
  try {
    auto shard = find_shard(arguments.text("shard"), variable);
    const std::string source = arguments.variable_of("shard");
    if (shard && !source.empty()) shard->source = source;
    return shard;
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

/// The history by whose times shards are made: this machine's, or that of a report.
History times_of(const Arguments& arguments, const Session& session) {
  const auto file = arguments.text("times");
  if (!file) return session.history;
  History times;
  for (const auto& result : read_report(*file).results.tests) times.add(result);
  return times;
}

}  // namespace

void declare_sharding(po::options_description& options) {
  options.add_options()  //
      ("shard", po::value<std::string>()->value_name("I/N"),
       "only part I of N, or none: all, whatever the environment says. 'run' hears what the "
       "variables of Bazel, GoogleTest, GitLab, Slurm and Kubernetes (with "
       "ROUNDTRIP_TOTAL_SHARDS) say, too")  //
      ("shard-by", po::value<std::string>()->default_value("name")->value_name("HOW"),
       "name: by a hash of the test's name; time: by the times of earlier runs")  //
      ("times", po::value<std::string>()->value_name("REPORT"),
       "the JSON report with the times by which shards are made, the same for all; without it, "
       "they come from this machine's history");
}

void check_sharding(const Arguments& arguments) {
  arguments.check_choice("shard-by", {"name", "time"});
  if (arguments.has("times") && arguments.get<std::string>("shard-by") == "name") {
    throw UsageError("--times goes with --shard-by time");
  }
}

std::optional<Shard> given_shard(const Arguments& arguments) {
  return shard_of(arguments, [](const char*) { return nullptr; });
}

std::optional<Shard> given_or_found_shard(const Arguments& arguments) {
  // The file by which Bazel is told that shards are known.
  const char* status_file = std::getenv("TEST_SHARD_STATUS_FILE");
  if (status_file != nullptr) std::ofstream(status_file, std::ios::app);
  const auto shard = shard_of(arguments, [](const char* name) { return std::getenv(name); });
  if (!shard || !shard->is_part() || arguments.has("shard") || !arguments.has("cell")) return shard;
  throw UsageError(fmt::format(
      "{} would run only shard {} of {} of what --cell chooses; say --shard none to run all of it, "
      "or --shard {}/{} for that part",
      shard->source, shard->index, shard->total, shard->index, shard->total));
}

void take_shard(const Arguments& arguments, const Shard& shard, Session& session) {
  if (arguments.get<std::string>("shard-by") == "name") {
    session.plan = shard_by_name(std::move(session.plan), shard);
    return;
  }
  const History times = times_of(arguments, session);
  session.plan = shard_by_time(std::move(session.plan), shard, [&](const PlannedTest& test) {
    const auto* entry = times.find(test.base_id());
    return entry != nullptr ? entry->seconds : 1;
  });
}

}  // namespace roundtrip
