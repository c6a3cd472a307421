#pragma once

#include <roundtrip/graph.h>

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

/// What the innermost scope of this thread says; null outside of any.
const Metadata* current_metadata();

}  // namespace roundtrip
