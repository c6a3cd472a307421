#pragma once

#include <roundtrip/dynamic_shapes.h>

#include <vector>

#include "random.h"
#include "recipe.h"

namespace roundtrip::fuzz {

/// What is said of the sizes of the recipe's inputs: of each symbol that it is a named dimension
/// with its range (then others are derived from it), automatic, dynamic or, seldom, static.
DynamicShapes draw_shapes(const Recipe& recipe, Random& random);

/// Sizes for the symbols, not too large: the ends of ranges, what lies beyond them, small and far
/// values.
Sizes draw_sizes(const Recipe& recipe, Random& random);

/// Whether a dynamic size of an input is 0 or 1 then, or less.
bool has_small_size(const Recipe& recipe, const Sizes& sizes);

}  // namespace roundtrip::fuzz
