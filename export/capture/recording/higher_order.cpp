#include "export/capture/recording/recorder.h"
#include "export/capture/trace/subgraph.h"
#include "export/tracing/traced_tensor.h"

/// The part of the recorder that is about calls of what is no operator.

namespace roundtrip {

Values Recorder::call_higher_order(const std::string& name, std::vector<NamedArgument> inputs,
                                   const Values& results) {
  NodeFields node;
  node.target = "torch.ops.higher_order." + name;
  if (observer_ != nullptr) observer_->function_called(node.target, inputs);
  node.is_hop_single_tensor_return = false;
  node.inputs = std::move(inputs);
  node.name = graph_.new_name(name);
  Values traced;
  for (const Value& result : results) {
    if (result.is_none()) {
      graph_.new_name("getitem");
      node.outputs.emplace_back(NoneArgument{});
      traced.emplace_back();
    } else if (result.is_int() || result.is_sym_int()) {
      const Expr expr = expr_of(result.sym_int());
      GraphValue& value = graph_.define(SymbolicValue{expr, SymbolType::integer}, "getitem");
      node.outputs.emplace_back(value);
      traced.emplace_back(numbers_.symbolic(value).toSymInt());
    } else {
      const at::Tensor& tensor = result.tensor();
      const at::Tensor own =
          values_.define_traced(concrete_of(tensor), "getitem", symbolic_layout(tensor));
      node.outputs.emplace_back(*as_traced(own)->value());
      traced.emplace_back(own);
    }
  }
  numbers_.bind_new_symbols(graph_.append(std::move(node), /*writes=*/true));
  return traced;
}

Value Recorder::call_function(const std::string& target, std::vector<NamedArgument> inputs,
                              const Value& result) {
  if (observer_ != nullptr) observer_->function_called(target, inputs);
  NodeFields node;
  node.target = target;
  node.inputs = std::move(inputs);
  const std::string name = target.substr(target.rfind('.') + 1);
  if (result.is_none()) {
    node.name = graph_.new_name(name);
    node.outputs = {Argument(NoneArgument{})};
    graph_.append(std::move(node), /*writes=*/true);
    return {};
  }
  const at::Tensor& tensor = result.tensor();
  const at::Tensor traced =
      values_.define_traced(concrete_of(tensor), name, symbolic_layout(tensor));
  graph_.append(std::move(node), *as_traced(traced)->value(), /*writes=*/true);
  return traced;
}

Argument Recorder::subgraph_argument(const std::string& prefix, PendingSubgraph subgraph) {
  std::string name = prefix + "_" + std::to_string(subgraphs_[prefix]++);
  graph_.trace().subgraphs.emplace(name, std::make_shared<PendingSubgraph>(std::move(subgraph)));
  return GraphArgument{std::move(name), {}};
}

}  // namespace roundtrip
