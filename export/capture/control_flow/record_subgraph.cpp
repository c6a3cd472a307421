#include "export/capture/control_flow/record_subgraph.h"

#include <unordered_map>
#include <unordered_set>

#include "export/capture/control_flow/capture_scope.h"
#include "export/capture/inputs/example_copies.h"
#include "export/capture/trace/unused_numbers.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

void require_no_alias(const SubgraphCall& call, const SubgraphRecorder& recorder,
                      const Values& results) {
  std::unordered_set<const c10::StorageImpl*> seen;
  for (const Value& result : results) {
    if (!result.is_tensor()) continue;
    const at::Tensor concrete = concrete_of(result.tensor());
    if (!concrete.has_storage()) continue;
    const bool input = recorder.has_memory_of_input(concrete);
    const bool output = !seen.insert(concrete.storage().unsafeGetStorageImpl()).second;
    if (!input && !output) continue;
    throw CaptureError(call.op + ": a branch or body returns " +
                       (input ? "an argument or a tensor from outside of it, or a view of one"
                              : "two tensors that share memory") +
                       ". Higher order ops do not support aliasing: return a clone() instead");
  }
}

Argument number_output(Recorder& recorder, const Value& leaf) {
  if (recorder.symbols()->is_dry_run) return NoneArgument{};
  if (leaf.is_sym_int()) return recorder.numbers().argument(leaf.sym_int().toSymNode());
  if (leaf.is_sym_bool()) return recorder.numbers().argument(leaf.sym_bool().toSymNodeImpl());
  return leaf.is_bool() ? Argument(leaf.to_bool()) : Argument(leaf.to_int());
}

/// Takes what the function returned; gives the graph's outputs.
std::vector<Argument> take_results(const SubgraphCall& call, SubgraphRecorder& subgraph_recorder,
                                   const Value& returned, Subgraph& subgraph) {
  Recorder& recorder = subgraph_recorder.recorder();
  std::vector<Argument> outputs;
  for (const Value& leaf : tree_flatten(returned, &subgraph.spec)) {
    if (leaf.is_none()) {
      outputs.emplace_back(NoneArgument{});
      subgraph.results.emplace_back();
      continue;
    }
    if (leaf.is_bool() || leaf.is_int() || leaf.is_sym_int() || leaf.is_sym_bool()) {
      outputs.push_back(number_output(recorder, leaf));
      subgraph.results.push_back(leaf);
      continue;
    }
    if (!leaf.is_tensor()) {
      throw UnsupportedError(call.op + ": a branch or body returns a " + leaf.type_name() +
                             "; a captured one returns tensors only");
    }
    outputs.emplace_back(recorder.value_of(leaf.tensor()));
    subgraph.results.emplace_back(recorder.local(leaf.tensor()));
  }
  require_no_alias(call, subgraph_recorder, subgraph.results);
  return outputs;
}

void take_lifted(const SubgraphRecorder& recorder, Subgraph& subgraph) {
  std::unordered_map<const GraphValue*, Placeholder> origins;
  for (const Placeholder& placeholder : subgraph.trace.placeholders) {
    origins.emplace(placeholder.value, placeholder);
  }
  for (const auto& [outer, tensor, value] : recorder.lifted()) {
    subgraph.lifted.push_back({outer, tensor, value, origins.at(value), value->is_used(),
                               ValueEntry::of(subgraph.trace, *value)});
  }
}

/// Runs `function` with everything it calls going to `recorder`.
Subgraph record(const SubgraphCall& call, SubgraphRecorder& subgraph_recorder,
                const GraphFunction& function, const Values& args) {
  Recorder& recorder = subgraph_recorder.recorder();
  Subgraph subgraph;
  const auto run = [&] {
    CaptureScope scope(recorder);
    return function(args);
  };
  if (call.purpose == SubgraphRecorder::Purpose::dry_run) {
    const DryRunScope dry_run(*recorder.symbols());
    take_results(call, subgraph_recorder, run(), subgraph);
    return subgraph;
  }
  Value returned;
  {
    const ArithmeticScope arithmetic(*recorder.symbols(), recorder.numbers());
    returned = run();
  }
  std::vector<Argument> outputs = take_results(call, subgraph_recorder, returned, subgraph);
  subgraph.trace = recorder.take_trace();
  subgraph.trace.graph.set_outputs(std::move(outputs));
  subgraph.trace.in_branch = true;
  drop_unused_numbers(subgraph.trace);
  take_lifted(subgraph_recorder, subgraph);
  return subgraph;
}

}  // namespace

Subgraph record_subgraph(const SubgraphCall& call, const GraphFunction& function,
                         const Values& data, const TreeSpec& spec) {
  SubgraphRecorder recorder(call.outer, call.op, call.purpose);
  Values leaves;
  std::vector<GraphValue*> operands;
  for (const Value& leaf : data) {
    auto [input, value] = recorder.add_operand(leaf);
    leaves.push_back(std::move(input));
    operands.push_back(value);
  }
  const Value args = tree_unflatten(std::move(leaves), spec);
  Subgraph subgraph = record(call, recorder, function, args.container().items);
  subgraph.operands = std::move(operands);
  return subgraph;
}

Subgraph record_branch(const SubgraphCall& call, const GraphFunction& function,
                       const Values& operands) {
  SubgraphRecorder recorder(call.outer, call.op, call.purpose);
  Values args;
  for (const Value& operand : operands) {
    args.push_back(map_leaves(operand, [&](const Value& leaf) {
      return Value(recorder.recorder().local(leaf.tensor()));
    }));
  }
  return record(call, recorder, function, args);
}

}  // namespace roundtrip
