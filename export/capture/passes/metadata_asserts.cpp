#include "export/capture/passes/metadata_asserts.h"

#include "export/tracing/node_metadata.h"

namespace roundtrip {

namespace {

constexpr const char* kMetadataAssert = "torch.ops.aten._assert_tensor_metadata.default";

/// Whether the node before checks the tensor, as that of a program captured again does.
bool is_checked(const Trace& trace, const std::string& tensor) {
  if (trace.nodes.empty()) return false;
  const schema::Node& before = trace.nodes.back().node;
  return before.target == kMetadataAssert &&
         before.inputs[0].arg.get<schema::TensorArgument>()->name == tensor;
}

}  // namespace

std::optional<schema::Node> metadata_assert(Trace& trace, const schema::Node& node) {
  const bool converts = node.target == "torch.ops.aten.to.device" ||
                        node.target == "torch.ops.aten.to.dtype" ||
                        node.target == "torch.ops.aten.to.dtype_layout";
  if (!converts || trace.in_branch) return std::nullopt;
  const std::string& tensor = node.inputs[0].arg.get<schema::TensorArgument>()->name;
  if (is_checked(trace, tensor)) return std::nullopt;
  const TensorMeta& meta = trace.values[tensor];
  schema::Node check;
  check.target = kMetadataAssert;
  check.inputs = {{"a", {schema::TensorArgument{tensor}}, ArgumentKind::positional},
                  {"dtype", {meta.dtype}, ArgumentKind::keyword},
                  {"device", {meta.device}, ArgumentKind::keyword},
                  {"layout", {meta.layout}, ArgumentKind::keyword}};
  check.name = trace.names.create("_assert_tensor_metadata_default");
  check.metadata = inserted_metadata(node.metadata, check.target);
  return check;
}

}  // namespace roundtrip
