#include "runner/report/part_json.h"

#include "runner/report/test_json.h"

namespace roundtrip {

nlohmann::ordered_json shard_json(const PlanPart& part) {
  return {{"index", part.shard.index},
          {"total", part.shard.total},
          {"source", text_or_null(part.shard.source)},
          {"of_tests", part.tests},
          {"fingerprint", part.fingerprint},
          {"selection", text_or_null(part.selection)},
          {"lasting", part.is_lasting}};
}

nlohmann::ordered_json configuration_json(const PlanPart& part) {
  auto facts = nlohmann::ordered_json::array();
  for (const auto& [run, of_run] : part.facts) {
    facts.push_back({{"run", text_or_null(run)}, {"facts", of_run}});
  }
  auto runs = nlohmann::ordered_json::array();
  for (const auto& run : part.runs) runs.push_back(text_or_null(run));
  return {{"fingerprint", part.configuration},
          {"all_runs", std::move(runs)},
          {"runs", std::move(facts)}};
}

PlanPart part_from_json(const nlohmann::json& document) {
  const nlohmann::json& shard = document.at("shard");
  PlanPart part{{shard.at("index"), shard.at("total"), text_from(shard.at("source"))},
                shard.at("of_tests"),
                shard.at("fingerprint")};
  part.selection = text_from(shard.at("selection"));
  part.is_lasting = shard.at("lasting");
  const nlohmann::json& configuration = document.at("configuration");
  part.configuration = configuration.at("fingerprint");
  for (const auto& run : configuration.at("all_runs")) part.runs.push_back(text_from(run));
  for (const auto& entry : configuration.at("runs")) {
    part.facts[text_from(entry.at("run"))] = entry.at("facts").get<Facts>();
  }
  return part;
}

}  // namespace roundtrip
