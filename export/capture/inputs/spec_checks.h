#pragma once

#include <vector>

#include "export/capture/inputs/spec_tree.h"

namespace roundtrip {

/// One dimension of a tensor's spec. Without `dim` it is static.
struct DimSpec {
  std::size_t index;
  std::optional<Dim> dim;
};

/// The dimensions that the spec of a tensor names. The spec was checked before.
std::vector<DimSpec> dims_of(const ShapeSpec& spec);

/// Checks every leaf's spec against the leaf, and that dimensions of one name have one
/// definition. Throws `CaptureError`.
void check_specs(const std::vector<SpecLeaf>& leaves);

}  // namespace roundtrip
