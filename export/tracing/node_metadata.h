#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <unordered_map>

namespace roundtrip {

/// The metadata of a node that is put in beside one that was called, as Python has it: that
/// one's, but its own `torch_fn`, which counts as 0.
Metadata inserted_metadata(const Metadata& beside, const std::string& target);

/// Makes the metadata of a graph's nodes: what the innermost scope says and, where that
/// is silent, the user's C++ stack as `stack_trace`, the operator that was called, with a
/// count, as `torch_fn`: what Python has for a call of `torch.ops.aten.add.Tensor`; and the
/// user's annotations as `custom`.
class NodeMetadata {
 public:
  Metadata next(const std::string& target);

 private:
  std::unordered_map<std::string, int> counts_;
};

}  // namespace roundtrip
