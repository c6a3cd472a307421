#pragma once

#include <roundtrip/plugin.h>

#include <nlohmann/json.hpp>

#include "runner/plan/plan.h"
#include "runner/plugin_host/catalog.h"

/// What runner, worker and test processes say to each other, as JSON.
///
/// The runner asks its worker:
///   {"do": "load", "path"}                   -> {"is": "loaded", "plugin"} | failed
///   {"do": "list", "suite", "options"}       -> {"is": "listed", "tests"} | failed
///   {"do": "run", "id", "suite", "test", "options", "chain"} with two descriptors,
///     the test's output and its result pipe  -> later {"is": "exited", "id", "status"}
///                                               or {"is": "not_started", "id", "message"}
/// "failed" is {"is": "failed", "message"}. A worker whose plugin throws while it
/// is loaded says {"is": "dying", "message"} and ends.
///
/// A test process writes to its result pipe {"pid"}, and when the test is over
/// {"status", "message"}.
namespace roundtrip {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Offer, name, description)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginInfo, path, name, version, description, suites, transforms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TestInfo, name, xfail, file, line)

NLOHMANN_JSON_SERIALIZE_ENUM(TestOutcome::Status, {{TestOutcome::Status::error, "error"},
                                                   {TestOutcome::Status::passed, "passed"},
                                                   {TestOutcome::Status::failed, "failed"},
                                                   {TestOutcome::Status::skipped, "skipped"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TestOutcome, status, message)

inline void to_json(nlohmann::json& json, const SuiteOptions& options) {
  json = {{"values", options.values}, {"config_dir", options.config_dir.string()}};
}

inline void from_json(const nlohmann::json& json, SuiteOptions& options) {
  json.at("values").get_to(options.values);
  options.config_dir = json.at("config_dir").get<std::string>();
}

}  // namespace roundtrip
