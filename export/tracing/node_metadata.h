#pragma once

#include <roundtrip/graph.h>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

namespace roundtrip {

/// The metadata of a node that is put in beside one that was called, as Python has it: that
/// one's, but its own `torch_fn`, which counts as 0.
Metadata inserted_metadata(const Metadata& beside, const std::string& target);

/// Marks the metadata of a scope whose nodes belong to modules by the calls under way as well: its
/// value is the number that their stacks are noted with.
inline constexpr const char* kModuleScope = "module_scope";
/// What the stacks of other nodes are noted with.
inline constexpr std::size_t kNoModuleScope = ~std::size_t{0};

/// Makes the metadata of a graph's nodes: what the innermost scope says and, where that
/// is silent, the operator that was called, with a count, as `torch_fn`: what Python has for a
/// call of `torch.ops.aten.add.Tensor`; and the user's annotations as `custom`. The user's C++
/// stack is noted; when forward has returned, `take_noted_stack` says which it was.
class NodeMetadata {
 public:
  Metadata next(const std::string& target);

 private:
  std::unordered_map<std::string, int> counts_;
};

/// The number of the stack that was noted for these metadata, which forget it; none if none was.
std::optional<std::size_t> take_noted_stack(Metadata& metadata);

}  // namespace roundtrip
