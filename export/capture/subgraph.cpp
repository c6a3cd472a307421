#include "export/capture/subgraph.h"

#include <unordered_map>
#include <unordered_set>

#include "export/capture/arguments.h"
#include "export/capture/dispatch.h"
#include "export/capture/example_copies.h"
#include "export/capture/mode_regions.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {
namespace {

void require_no_alias(const SubgraphCall& call, const SubgraphRecorder& recorder,
                      const Values& results) {
  std::unordered_set<const c10::StorageImpl*> seen;
  for (const Value& result : results) {
    if (!result.is_tensor() || !result.tensor().has_storage()) continue;
    const bool input = !recorder.input_of_memory(result.tensor()).empty();
    const bool output = !seen.insert(result.tensor().storage().unsafeGetStorageImpl()).second;
    if (!input && !output) continue;
    throw CaptureError(call.op + ": a branch or body returns " +
                       (input ? "an argument or a tensor from outside of it, or a view of one"
                              : "two tensors that share memory") +
                       ". Higher order ops do not support aliasing: return a clone() instead");
  }
}

/// Takes what the function returned; gives the graph's outputs.
std::vector<Argument> take_results(const SubgraphCall& call, SubgraphRecorder& recorder,
                                   const Value& returned, Subgraph& subgraph) {
  std::vector<Argument> outputs;
  for (const Value& leaf : tree_flatten(returned, &subgraph.spec)) {
    if (leaf.is_none()) {
      outputs.push_back({NoneArgument{}});
      subgraph.results.emplace_back();
      continue;
    }
    if (!leaf.is_tensor() || !leaf.tensor().defined()) {
      throw UnsupportedError(call.op + ": a branch or body returns a " + leaf.type_name() +
                             "; a captured one returns tensors only");
    }
    outputs.push_back({TensorArgument{recorder.value_of(leaf.tensor())}});
    subgraph.results.emplace_back(twin_of(recorder.local(leaf.tensor())));
  }
  require_no_alias(call, recorder, subgraph.results);
  return outputs;
}

std::unordered_set<std::string> used_values(Trace& trace) {
  std::unordered_set<std::string> used;
  const auto use = [&](std::string& name) { used.insert(name); };
  for (auto& traced : trace.nodes) {
    for (NamedArgument& input : traced.node.inputs) visit_value_names(input.arg, use);
  }
  for (Argument& output : trace.outputs) visit_value_names(output, use);
  return used;
}

void take_lifted(const SubgraphRecorder& recorder, Subgraph& subgraph) {
  const auto used = used_values(subgraph.trace);
  std::unordered_map<std::string, Placeholder> origins;
  for (const Placeholder& placeholder : subgraph.trace.placeholders) {
    origins.emplace(placeholder.value, placeholder);
  }
  for (const auto& [tensor, value] : recorder.lifted()) {
    subgraph.lifted.push_back({tensor, value, origins.at(value), used.count(value) > 0});
  }
}

/// Runs `function` with everything it calls going to `recorder`.
Subgraph record(const SubgraphCall& call, SubgraphRecorder& recorder, const GraphFunction& function,
                const Values& args) {
  Subgraph subgraph;
  Value returned;
  {
    CaptureScope scope(recorder);
    const ArithmeticScope arithmetic(*recorder.symbols(), recorder);
    returned = function(args);
  }
  std::vector<Argument> outputs = take_results(call, recorder, returned, subgraph);
  subgraph.trace = recorder.take_trace();
  subgraph.trace.outputs = std::move(outputs);
  subgraph.trace.in_branch = true;
  take_lifted(recorder, subgraph);
  return subgraph;
}

bool has_used_result(Node& node, const std::unordered_set<std::string>& used) {
  bool result = node.outputs.empty();
  for (Argument& output : node.outputs) {
    visit_value_names(output, [&](std::string& name) { result = result || used.count(name) > 0; });
  }
  return result;
}

void remove_dead_nodes(Trace& trace) {
  std::unordered_set<std::string> used;
  const auto use = [&](std::string& name) { used.insert(name); };
  for (Argument& output : trace.outputs) visit_value_names(output, use);
  std::vector<TracedNode> kept;
  for (auto traced = trace.nodes.rbegin(); traced != trace.nodes.rend(); ++traced) {
    if (traced->writes || has_used_result(traced->node, used)) {
      for (NamedArgument& input : traced->node.inputs) visit_value_names(input.arg, use);
      kept.push_back(std::move(*traced));
    } else if (!kept.empty()) {
      auto& changes = kept.back().before;
      changes.insert(changes.begin(), traced->before.begin(), traced->before.end());
    }
  }
  trace.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

/// `add` for `add_2`: what a name was made from.
std::string name_candidate(const std::string& name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  const bool numbered = digits < name.size() && digits > 1 && name[digits - 1] == '_';
  return numbered ? name.substr(0, digits - 1) : name;
}

/// Gives inputs and nodes their final names; values of the trace follow.
class SubgraphNames {
 public:
  explicit SubgraphNames(Trace& trace) : trace_(trace) {}

  void add_input(const std::string& old_name, const TensorMeta& meta) {
    const std::string name = "arg" + std::to_string(inputs_.size()) + "_1";
    if (!old_name.empty()) names_[old_name] = name;
    values_.insert(name, meta);
    inputs_.push_back({TensorArgument{name}});
  }

  std::vector<Argument> rename() {
    const auto use = [this](std::string& name) { name = names_.at(name); };
    for (auto& traced : trace_.nodes) {
      for (NamedArgument& input : traced.node.inputs) visit_value_names(input.arg, use);
      rename_results(traced.node);
    }
    for (Argument& output : trace_.outputs) visit_value_names(output, use);
    trace_.values = std::move(values_);
    trace_.numbers = std::move(numbers_);
    return std::move(inputs_);
  }

 private:
  void rename_results(Node& node) {
    const bool bears_name = result_bears_name(node);
    if (!bears_name) node.name = namer_.create(name_candidate(*node.name));
    for (Argument& output : node.outputs) {
      visit_value_names(output, [this](std::string& name) {
        const std::string old_name = name;
        name = names_[old_name] = namer_.create(name_candidate(old_name));
        if (const auto number = trace_.numbers.find(old_name); number != trace_.numbers.end()) {
          numbers_.emplace(name, number->second);
        } else {
          values_.insert(name, trace_.values[old_name]);
        }
      });
    }
    if (!bears_name) return;
    visit_value_names(node.outputs[0], [&](std::string& name) { node.name = name; });
  }

  Trace& trace_;
  FxNamespace namer_;
  std::unordered_map<std::string, std::string> names_;
  OrderedMap<TensorMeta> values_;
  std::unordered_map<std::string, SymbolicValue> numbers_;
  std::vector<Argument> inputs_;
};

std::string name_of_lifted(const Subgraph& subgraph, const at::Tensor& tensor) {
  for (const LiftedInput& lifted : subgraph.lifted) {
    if (lifted.tensor.is_same(tensor)) return lifted.value;
  }
  return "";
}

}  // namespace

Subgraph record_subgraph(const SubgraphCall& call, const GraphFunction& function,
                         const Values& data, const TreeSpec& spec) {
  SubgraphRecorder recorder(call.outer, call.op, call.purpose);
  Values leaves;
  std::vector<std::string> operands;
  for (const Value& tensor : data) {
    leaves.emplace_back(recorder.add_operand(tensor.tensor()));
    operands.push_back(recorder.value_of(leaves.back().tensor()));
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
    args.push_back(map_leaves(
        operand, [&](const Value& leaf) { return Value(recorder.local(leaf.tensor())); }));
  }
  return record(call, recorder, function, args);
}

Graph finish_subgraph(Subgraph subgraph, const std::vector<at::Tensor>& lifted) {
  Trace& trace = subgraph.trace;
  remove_dead_nodes(trace);
  SubgraphNames names(trace);
  for (const std::string& operand : subgraph.operands) {
    names.add_input(operand, trace.values[operand]);
  }
  for (const at::Tensor& tensor : lifted) {
    names.add_input(name_of_lifted(subgraph, tensor), tensor_meta(twin_of(tensor), false));
  }
  std::vector<Argument> inputs = names.rename();
  OrderedMap<TensorMeta> values;
  for (Argument& input : inputs) {
    visit_value_names(input, [&](std::string& name) { values.insert(name, trace.values[name]); });
  }
  Graph graph = split_mode_regions(trace);
  values.update(std::move(graph.tensor_values));
  graph.tensor_values = std::move(values);
  graph.inputs = std::move(inputs);
  return graph;
}

}  // namespace roundtrip
