#pragma once

#include <roundtrip/export.h>

#include <string>
#include <vector>

#include "export/symbolic/knowledge/asked_sizes.h"

namespace roundtrip {

/// What was asked of one leaf of the example inputs.
struct LeafConstraints {
  /// Python's text for where the leaf stands: `L['x']`, `L['d']['a'][0]`, of an unnamed
  /// argument `L['args'][0]`. A tensor given twice has the first one's both times.
  std::string source;
  /// One for each dimension of a tensor, one for an int, float or bool, none for others.
  std::vector<SizeConstraint> sizes;
};

/// The call's `dynamic_shapes`, leaf by leaf in the order of `tree_flatten` over the
/// arguments and then the keyword arguments. Throws `CaptureError`, in the words of
/// `torch.export`, for specs that don't fit the inputs or contradict each other.
std::vector<LeafConstraints> input_constraints(const ExportCall& call);

}  // namespace roundtrip
