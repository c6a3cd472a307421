#pragma once

#include <cstdint>

#include "recipe.h"

namespace roundtrip::fuzz {

/// A model that runs on its example inputs, the same one for the same seed: operators of the
/// dispatcher with arguments by their schemas, some of them common ones, each tried until one
/// runs.
Recipe generate(std::uint64_t seed);

}  // namespace roundtrip::fuzz
