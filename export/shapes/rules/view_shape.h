#pragma once

#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {

/// The sizes with the one that is -1 put in. Guards as `torch._prims_common.infer_size`.
Sizes inferred_sizes(Sizes sizes, const c10::SymInt& element_count);

/// The layout of `self` seen with other sizes, one of which may be -1; guards as Python's
/// view. Throws `c10::Error` if there is no such view.
Shape view_shape(const Shape& self, const Sizes& sizes);

/// What to do where nothing is known of sizes: to take them as unrelated, or to guard.
enum class Unknown { unrelated, guarded };

/// Strides of a view, of memory that is laid out in any way; nothing if there is no view.
std::optional<Sizes> view_strides(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides,
                                  c10::SymIntArrayRef new_sizes,
                                  Unknown unknown = Unknown::unrelated);

}  // namespace roundtrip::shapes
