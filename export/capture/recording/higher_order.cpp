#include "export/capture/recording/recorder.h"
#include "export/capture/trace/arguments.h"
#include "export/capture/trace/subgraph.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {

Values Recorder::call_higher_order(const std::string& name,
                                   std::vector<schema::NamedArgument> inputs,
                                   const Values& results) {
  schema::Node node;
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
    } else if (result.is_int() || result.is_sym_int()) {
      const std::string value = trace_.names.create("getitem");
      const Expr expr = expr_of(result.sym_int());
      trace_.numbers.emplace(value, SymbolicValue{expr, SymbolType::integer});
      node.outputs.push_back({schema::SymIntArgument{value}});
      traced.emplace_back(make_sym_int(trace_.symbols, expr, number_place(value)));
    } else {
      const at::Tensor& tensor = result.tensor();
      traced.emplace_back(define_traced(twin_of(tensor), "getitem", symbolic_layout(tensor)));
      node.outputs.push_back({schema::TensorArgument{value_of(traced.back().tensor())}});
    }
  }
  append(std::move(node), c10::GradMode::is_enabled(), /*writes=*/true);
  bind_new_symbols(trace_.nodes.back());
  return traced;
}

Value Recorder::call_function(const std::string& target, std::vector<schema::NamedArgument> inputs,
                              const Value& result) {
  schema::Node node;
  node.target = target;
  node.inputs = std::move(inputs);
  const std::string name = target.substr(target.rfind('.') + 1);
  Value traced;
  if (result.is_none()) {
    node.name = trace_.names.create(name);
    node.outputs = {{NoneArgument{}}};
  } else {
    const at::Tensor& tensor = result.tensor();
    traced = define_traced(twin_of(tensor), name, symbolic_layout(tensor));
    node.name = value_of(traced.tensor());
    node.outputs = {{schema::TensorArgument{*node.name}}};
  }
  append(std::move(node), c10::GradMode::is_enabled(), /*writes=*/true);
  return traced;
}

schema::Argument Recorder::subgraph_argument(const std::string& prefix, PendingSubgraph subgraph) {
  std::string name = prefix + "_" + std::to_string(subgraphs_[prefix]++);
  trace_.subgraphs.emplace(name, std::make_shared<PendingSubgraph>(std::move(subgraph)));
  return {schema::GraphArgument{std::move(name), {}}};
}

}  // namespace roundtrip
