#pragma once

#include "runner/plan/plan.h"

namespace roundtrip {

/// Notes a problem for every suite, transformation and option of the configuration that the
/// plugins do not offer, with the nearest right name.
void check_names(const Config& config, PlanSource& source, Problems& problems);

/// A sentence for each optional suite of a run whose kind no plugin of the run offers.
std::vector<std::string> left_out_suites(const Config& config, PlanSource& source);

/// The suite called `name` with a value for each option that it declares; null when its entry,
/// or its name, is one of those mistakes, and when it is left out.
std::shared_ptr<const SuiteCall> resolve_suite(const std::string& name, const Config& config,
                                               const Catalog& catalog);

/// The chain with a value for each option that its transformations declare.
std::vector<TransformCall> resolve_chain(const TransformConfig& transform, const Config& config,
                                         const Catalog& catalog);

}  // namespace roundtrip
