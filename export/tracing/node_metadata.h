#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <unordered_map>

namespace roundtrip {

/// While it lives, nodes recorded on this thread get this metadata: where in the
/// model's source they come from, for models that know it. The innermost one counts, but
/// one that names no modules (`nn_module_stack`) is within those of the one outside.
class MetadataScope {
 public:
  explicit MetadataScope(Metadata metadata);
  ~MetadataScope();
  MetadataScope(const MetadataScope&) = delete;
  MetadataScope& operator=(const MetadataScope&) = delete;

 private:
  Metadata metadata_;
  const Metadata* outer_;
};

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
