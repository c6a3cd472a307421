#include "runner/report/json_report.h"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "runner/report/report_file.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

using nlohmann::ordered_json;

ordered_json counts_json(const RunResults& results) {
  ordered_json counts;
  for (const Outcome outcome : kOutcomes) {
    counts[std::string(outcome_name(outcome))] = results.count(outcome);
  }
  return counts;
}

}  // namespace

ordered_json environment_json(const Environment& environment) {
  auto plugins = ordered_json::array();
  for (const auto& plugin : environment.plugins) {
    plugins.push_back({{"name", plugin.name},
                       {"version", plugin.version},
                       {"path", plugin.path},
                       {"sha256", text_or_null(plugin.sha256)}});
  }
  return {{"command", text_or_null(environment.command)},
          {"roundtrip", text_or_null(environment.roundtrip)},
          {"libtorch", text_or_null(environment.libtorch)},
          {"compiler", text_or_null(environment.compiler)},
          {"system", text_or_null(environment.system)},
          {"cpu", text_or_null(environment.cpu)},
          {"cores", environment.cores},
          {"host", text_or_null(environment.host)},
          {"commit", text_or_null(environment.commit)},
          {"shuffle_seed", text_or_null(environment.shuffle_seed)},
          {"plugins", std::move(plugins)}};
}

Environment environment_from_json(const nlohmann::json& record) {
  Environment environment;
  environment.command = text_from(record.at("command"));
  environment.roundtrip = text_from(record.at("roundtrip"));
  environment.libtorch = text_from(record.at("libtorch"));
  environment.compiler = text_from(record.at("compiler"));
  environment.system = text_from(record.at("system"));
  environment.cpu = text_from(record.at("cpu"));
  environment.cores = record.at("cores");
  environment.host = text_from(record.at("host"));
  environment.commit = text_from(record.at("commit"));
  environment.shuffle_seed = text_from(record.at("shuffle_seed"));
  for (const auto& plugin : record.at("plugins")) {
    environment.plugins.push_back({plugin.at("path"),
                                   plugin.at("name"),
                                   plugin.at("version"),
                                   "",
                                   {},
                                   {},
                                   {},
                                   text_from(plugin.at("sha256"))});
  }
  return environment;
}

std::string json_report(const RunResults& results, const Environment& environment,
                        const PlanPart& part) {
  auto tests = ordered_json::array();
  for (const auto& result : results.tests) tests.push_back(result_json(result));
  const auto started = fmt::gmtime(std::chrono::system_clock::to_time_t(results.started));
  const ordered_json report = {{"version", 1},
                               {"started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", started)},
                               {"shard",
                                {{"index", part.shard.index},
                                 {"total", part.shard.total},
                                 {"of_tests", part.tests},
                                 {"fingerprint", part.fingerprint}}},
                               {"planned", results.planned},
                               {"interrupted", results.interrupted},
                               {"gave_up", results.gave_up},
                               {"fault", text_or_null(results.fault)},
                               {"duration", results.seconds},
                               {"jobs", results.jobs},
                               {"environment", environment_json(environment)},
                               {"counts", counts_json(results)},
                               {"tests", std::move(tests)}};
  return to_text(report);
}

void JsonReporter::run_finished(const RunResults& results) {
  write_report_file(path_, json_report(results, environment_, part_));
}

}  // namespace roundtrip
