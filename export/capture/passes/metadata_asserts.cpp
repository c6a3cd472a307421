#include "export/capture/passes/metadata_asserts.h"

#include "export/tracing/node_metadata.h"

namespace roundtrip {

namespace {

constexpr const char* kMetadataAssert = "torch.ops.aten._assert_tensor_metadata.default";

/// As that of a program captured again does.
bool checks(const Node* node, const GraphValue& tensor) {
  return node != nullptr && node->target() == kMetadataAssert &&
         node->inputs()[0].arg.as_value() == &tensor;
}

}  // namespace

std::optional<NodeFields> metadata_assert(Trace& trace, const Node& node, const Node* before) {
  const bool converts = node.target() == "torch.ops.aten.to.device" ||
                        node.target() == "torch.ops.aten.to.dtype" ||
                        node.target() == "torch.ops.aten.to.dtype_layout";
  if (!converts || trace.in_branch) return std::nullopt;
  GraphValue& tensor = *node.inputs()[0].arg.as_value();
  if (checks(before, tensor)) return std::nullopt;
  const TensorMeta& meta = *tensor.tensor();
  NodeFields check;
  check.target = kMetadataAssert;
  check.inputs = {{"a", Argument(tensor), ArgumentKind::positional},
                  {"dtype", meta.dtype, ArgumentKind::keyword},
                  {"device", meta.device, ArgumentKind::keyword},
                  {"layout", meta.layout, ArgumentKind::keyword}};
  check.name = trace.names.create("_assert_tensor_metadata_default");
  check.metadata = inserted_metadata(node.metadata(), check.target);
  return check;
}

}  // namespace roundtrip
