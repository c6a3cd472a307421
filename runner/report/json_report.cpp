#include "runner/report/json_report.h"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "runner/report/part_json.h"
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

JsonList not_run_json(const RunResults& results) {
  JsonList tests;
  for (const auto* test : results.not_run) tests.push_back(test_json(*test));
  return tests;
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
  auto libraries = ordered_json::array();
  for (const auto& [path, sha256] : environment.libraries) {
    libraries.push_back({{"path", path}, {"sha256", text_or_null(sha256)}});
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
          {"plugins", std::move(plugins)},
          {"libraries", std::move(libraries)}};
}

Environment environment_from_json(const nlohmann::json& record) {
  // What an earlier version did not write is not known.
  const auto text = [](const nlohmann::json& object, const char* key) {
    const auto value = object.find(key);
    return value == object.end() ? "" : text_from(*value);
  };
  Environment environment;
  environment.command = text(record, "command");
  environment.roundtrip = text(record, "roundtrip");
  environment.libtorch = text(record, "libtorch");
  environment.compiler = text(record, "compiler");
  environment.system = text(record, "system");
  environment.cpu = text(record, "cpu");
  environment.cores = record.value("cores", 0u);
  environment.host = text(record, "host");
  environment.commit = text(record, "commit");
  environment.shuffle_seed = text(record, "shuffle_seed");
  for (const auto& plugin : record.at("plugins")) {
    PluginInfo info;
    info.path = plugin.at("path");
    info.name = plugin.at("name");
    info.version = plugin.at("version");
    info.sha256 = text(plugin, "sha256");
    environment.plugins.push_back(std::move(info));
  }
  for (const auto& library : record.at("libraries")) {
    environment.libraries[library.at("path")] = text(library, "sha256");
  }
  return environment;
}

std::string json_report(const RunResults& results, const Environment& environment,
                        const PlanPart& part) {
  JsonList tests;
  for (const auto& result : results.tests) tests.push_back(result_json(result));
  const auto started = fmt::gmtime(std::chrono::system_clock::to_time_t(results.started));
  const ordered_json report = {{"version", kReportVersion},
                               {"started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", started)},
                               {"shard", shard_json(part)},
                               {"configuration", configuration_json(part)},
                               {"planned", results.planned},
                               {"interrupted", results.interrupted},
                               {"gave_up", results.gave_up},
                               {"fault", text_or_null(results.fault)},
                               {"missing", results.missing},
                               {"duration", results.seconds},
                               {"jobs", results.jobs},
                               {"environment", environment_json(environment)},
                               {"counts", counts_json(results)},
                               {"tests", std::move(tests)},
                               {"not_run", not_run_json(results)}};
  return to_text(report);
}

void JsonReporter::run_finished(const RunResults& results) {
  write_report_file(path_, json_report(results, environment_, part_));
}

}  // namespace roundtrip
