#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// The same tests in an order that the seed decides, the same on every machine.
void shuffle(std::vector<PlannedTest>& plan, std::uint64_t seed);

/// Those first that took longest, so that none starts when all others are over; those of
/// unknown time before all, in their order.
void longest_first(std::vector<PlannedTest>& plan,
                   const std::function<std::optional<double>(const PlannedTest&)>& seconds_of);

/// Those first for which `is_first` holds; otherwise in their order.
void put_first(std::vector<PlannedTest>& plan,
               const std::function<bool(const PlannedTest&)>& is_first);

}  // namespace roundtrip
