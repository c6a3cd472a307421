#pragma once

#include <functional>

#include "recipe.h"

namespace roundtrip::fuzz {

/// The smallest model, made by leaving out steps, outputs and inputs, for which `still_fails`
/// says yes; it does for `recipe`.
Recipe reduce(Recipe recipe, const std::function<bool(const Recipe&)>& still_fails);

}  // namespace roundtrip::fuzz
