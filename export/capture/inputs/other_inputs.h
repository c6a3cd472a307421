#pragma once

#include <roundtrip/export.h>

#include <cstdint>
#include <vector>

namespace roundtrip {

/// What one leaf of the example inputs is to be: of a tensor its sizes, of an integer the number
/// alone. Empty: it stays as it is.
using LeafSizes = std::vector<std::int64_t>;

/// The call with example inputs of these sizes, one entry for each leaf of the arguments and then
/// of the keyword arguments, made by repeating or leaving out rows. With `other_data`, floating
/// point values are others within the range the input had, and integers are the same ones in
/// another order, so that what indexes something still does.
ExportCall with_other_inputs(const ExportCall& call, const std::vector<LeafSizes>& sizes,
                             bool other_data);

}  // namespace roundtrip
