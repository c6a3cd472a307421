#pragma once

#include <cstdint>

#include "tests/fuzz/files/target.h"

namespace roundtrip::fuzz {

/// How long to go on, and from where.
struct Campaign {
  std::uint64_t seed = 1;
  std::uint64_t cases = 500;  ///< of each target
  double minutes = 0;         ///< instead of a number of cases
  std::filesystem::path failures = "fuzz-failures";
};

/// Case number `number` of a target, in this process.
void run_case(const Target& target, std::uint64_t seed, std::uint64_t number);

/// Runs cases of all targets in processes of their own, prints what came of them, and keeps the
/// inputs of those that crashed, did not end or threw what is no `roundtrip::Error`. Returns
/// how many these are.
std::uint64_t run_campaign(const std::vector<Target>& targets, const Campaign& campaign);

}  // namespace roundtrip::fuzz
