#pragma once

#include <ATen/core/Tensor.h>
#include <roundtrip/graph.h>

#include <string>
#include <vector>

#include "export/capture/mode_tracker.h"

namespace roundtrip {

enum class PlaceholderKind { parameter, buffer, constant, user_input };

/// An input of the traced graph that is a tensor.
struct Placeholder {
  PlaceholderKind kind;
  std::string value;   ///< its name in the trace
  std::string target;  ///< the qualified name of a parameter, buffer or constant
  at::Tensor tensor;   ///< the model's tensor; for a user input its copy
};

struct TracedNode {
  Node node;
  bool grad_mode;
  bool writes = false;  ///< to one of its arguments: it counts even if its result is not used
  std::vector<ModeChange> before{};  ///< modes that changed since the node before
};

/// What one run of forward called, in order, before names are final and regions
/// are split off.
struct Trace {
  std::vector<Placeholder> placeholders;
  std::vector<TracedNode> nodes;
  OrderedMap<TensorMeta> values;
  /// One for each leaf of the example inputs: a tensor's name or a constant.
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  std::string out_spec;
  bool grad_mode = true;   ///< when forward was called
  bool in_branch = false;  ///< of a branch or body of control flow
};

/// True if the node's one result is a tensor, which then has the node's name.
bool result_bears_name(const Node& node);

TensorMeta tensor_meta(const at::Tensor& tensor, bool requires_grad);

}  // namespace roundtrip
