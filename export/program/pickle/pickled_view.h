#pragma once

#include <cstdint>
#include <vector>

#include "export/program/pickle/unpickler.h"

namespace roundtrip::pickle {

/// Where a pickled tensor lies in its storage, in elements.
struct PickledView {
  std::int64_t offset;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
};

/// Reads arguments 1 to 3 of `torch._utils._rebuild_tensor_v2`, of which there must be as
/// many. Throws `ArchiveError` unless the view lies within a storage of `length` elements.
PickledView read_view(const Objects& arguments, std::size_t length);

/// Sizes and strides of a tensor without storage.
PickledView read_layout(const ObjectPtr& sizes, const ObjectPtr& strides);

}  // namespace roundtrip::pickle
