#include "export/capture/recorder.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {

Values Recorder::call_higher_order(const std::string& name, std::vector<NamedArgument> inputs,
                                   const Values& results) {
  Node node;
  node.target = "torch.ops.higher_order." + name;
  node.is_hop_single_tensor_return = false;
  node.inputs = std::move(inputs);
  node.name = trace_.names.create(name);
  Values traced;
  for (const Value& result : results) {
    if (result.is_none()) {
      trace_.names.create("getitem");
      node.outputs.push_back({NoneArgument{}});
      traced.emplace_back();
    } else {
      traced.emplace_back(define_traced(result.tensor(), "getitem", nullptr));
      node.outputs.push_back({TensorArgument{value_of(traced.back().tensor())}});
    }
  }
  append(std::move(node), c10::GradMode::is_enabled(), /*writes=*/true);
  return traced;
}

std::string Recorder::subgraph_name(const std::string& prefix) {
  return prefix + "_" + std::to_string(subgraphs_[prefix]++);
}

}  // namespace roundtrip
