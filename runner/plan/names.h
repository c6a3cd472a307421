#pragma once

#include "runner/plan/plan.h"

namespace roundtrip {

/// Notes a problem for every suite, transformation and option of the configuration that the
/// plugins do not offer, with the nearest right name.
void check_names(const Config& config, PlanSource& source, Problems& problems);

/// The suite called `name` with a value for each option that it declares; null when its entry,
/// or its name, is one of those mistakes.
std::shared_ptr<const SuiteCall> resolve_suite(const std::string& name, const Config& config,
                                               const Catalog& catalog);

/// The chain with a value for each option that its transformations declare.
std::vector<TransformCall> resolve_chain(const TransformConfig& transform, const Config& config,
                                         const Catalog& catalog);

}  // namespace roundtrip
