#pragma once

#include <nlohmann/json.hpp>

#include "runner/plan/shard.h"

namespace roundtrip {

/// Which of a plan's tests the run had, as reports have it under "shard".
nlohmann::ordered_json shard_json(const PlanPart& part);

/// The runs that the plan is of with what their results depend on, and all that there are, as
/// reports have it under "configuration".
nlohmann::ordered_json configuration_json(const PlanPart& part);

/// From an object with these two keys. Throws nlohmann's exception when it has not what they say.
PlanPart part_from_json(const nlohmann::json& document);

}  // namespace roundtrip
