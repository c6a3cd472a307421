#include "export/capture/subgraph.h"

#include <unordered_map>
#include <unordered_set>

#include "export/capture/arguments.h"
#include "export/capture/dispatch.h"
#include "export/capture/example_copies.h"
#include "export/capture/finish_trace.h"
#include "export/capture/mode_regions.h"
#include "export/capture/runtime_asserts.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {
namespace {

void require_no_alias(const SubgraphCall& call, const SubgraphRecorder& recorder,
                      const Values& results) {
  std::unordered_set<const c10::StorageImpl*> seen;
  for (const Value& result : results) {
    if (!result.is_tensor()) continue;
    const at::Tensor twin = twin_of(result.tensor());
    if (!twin.has_storage()) continue;
    const bool input = !recorder.input_of_memory(twin).empty();
    const bool output = !seen.insert(twin.storage().unsafeGetStorageImpl()).second;
    if (!input && !output) continue;
    throw CaptureError(call.op + ": a branch or body returns " +
                       (input ? "an argument or a tensor from outside of it, or a view of one"
                              : "two tensors that share memory") +
                       ". Higher order ops do not support aliasing: return a clone() instead");
  }
}

Argument number_output(SubgraphRecorder& recorder, const Value& leaf) {
  if (recorder.symbols()->rehearsing) return {NoneArgument{}};
  if (leaf.is_sym_int()) return recorder.number_argument(leaf.sym_int().toSymNode());
  if (leaf.is_sym_bool()) return recorder.number_argument(leaf.sym_bool().toSymNodeImpl());
  return leaf.is_bool() ? Argument{leaf.to_bool()} : Argument{leaf.to_int()};
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
    if (leaf.is_bool() || leaf.is_int() || leaf.is_sym_int() || leaf.is_sym_bool()) {
      outputs.push_back(number_output(recorder, leaf));
      subgraph.results.push_back(leaf);
      continue;
    }
    if (!leaf.is_tensor() || !leaf.tensor().defined()) {
      throw UnsupportedError(call.op + ": a branch or body returns a " + leaf.type_name() +
                             "; a captured one returns tensors only");
    }
    outputs.push_back({TensorArgument{recorder.value_of(leaf.tensor())}});
    subgraph.results.emplace_back(recorder.local(leaf.tensor()));
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

std::string name_of(Argument value) {
  std::string result;
  visit_value_names(value, [&](std::string& name) { result = name; });
  return result;
}

ValueEntry entry_of(Trace& trace, const std::string& value) {
  ValueEntry entry;
  const auto number = trace.numbers.find(value);
  if (number != trace.numbers.end()) {
    entry.number = number->second;
    return entry;
  }
  entry.meta = trace.values[value];
  const auto layout = trace.layouts.find(value);
  if (layout != trace.layouts.end()) entry.layout = layout->second;
  return entry;
}

void take_lifted(const SubgraphRecorder& recorder, Subgraph& subgraph) {
  const auto used = used_values(subgraph.trace);
  std::unordered_map<std::string, Placeholder> origins;
  for (const Placeholder& placeholder : subgraph.trace.placeholders) {
    origins.emplace(placeholder.value, placeholder);
  }
  for (const auto& [outer, tensor, value] : recorder.lifted()) {
    subgraph.lifted.push_back({name_of(outer), tensor, value, origins.at(value),
                               used.count(value) > 0, entry_of(subgraph.trace, value)});
  }
}

/// Runs `function` with everything it calls going to `recorder`.
Subgraph record(const SubgraphCall& call, SubgraphRecorder& recorder, const GraphFunction& function,
                const Values& args) {
  Subgraph subgraph;
  const auto run = [&] {
    CaptureScope scope(recorder);
    return function(args);
  };
  if (call.purpose == SubgraphRecorder::Purpose::rehearsal) {
    const RehearsalScope rehearsal(*recorder.symbols());
    take_results(call, recorder, run(), subgraph);
    return subgraph;
  }
  Value returned;
  {
    const ArithmeticScope arithmetic(*recorder.symbols(), recorder);
    returned = run();
  }
  std::vector<Argument> outputs = take_results(call, recorder, returned, subgraph);
  subgraph.trace = recorder.take_trace();
  subgraph.trace.outputs = std::move(outputs);
  subgraph.trace.in_branch = true;
  drop_unused_numbers(subgraph.trace);
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
    if (traced->writes || !traced->bindings.empty() || has_used_result(traced->node, used)) {
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

  void add_input(const std::string& old_name, const ValueEntry& entry) {
    const std::string name = "arg" + std::to_string(inputs_.size()) + "_1";
    if (!old_name.empty()) names_[old_name] = name;
    if (entry.number) {
      numbers_.emplace(name, *entry.number);
    } else {
      values_.insert(name, entry.meta);
      if (entry.layout) layouts_.emplace(name, *entry.layout);
    }
    inputs_.push_back({TensorArgument{name}});
  }

  void rename() {
    const auto use = [this](std::string& name) { name = names_.at(name); };
    for (auto& traced : trace_.nodes) {
      for (NamedArgument& input : traced.node.inputs) visit_value_names(input.arg, use);
      rename_results(traced.node);
      for (SymbolBinding& binding : traced.bindings) use(binding.result);
    }
    for (Argument& output : trace_.outputs) visit_value_names(output, use);
    trace_.values = std::move(values_);
    trace_.numbers = std::move(numbers_);
    trace_.layouts = std::move(layouts_);
    trace_.names = std::move(namer_);
    for (Argument& input : inputs_) input = value_argument(trace_, name_of(input));
    trace_.inputs = std::move(inputs_);
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
          return;
        }
        values_.insert(name, trace_.values[old_name]);
        const auto layout = trace_.layouts.find(old_name);
        if (layout != trace_.layouts.end()) layouts_.emplace(name, layout->second);
      });
    }
    if (!bears_name) return;
    visit_value_names(node.outputs[0], [&](std::string& name) { node.name = name; });
  }

  Trace& trace_;
  FxNamespace namer_;
  std::unordered_map<std::string, std::string> names_;
  OrderedMap<TensorMeta> values_;
  std::unordered_map<std::string, TensorExprs> layouts_;
  std::unordered_map<std::string, SymbolicValue> numbers_;
  std::vector<Argument> inputs_;
};

/// Inputs come before what nodes define in the graph's tables.
void enter_inputs(Trace& trace, Graph& graph) {
  Graph inputs;
  for (const Argument& input : trace.inputs) {
    const std::string name = name_of(input);
    const auto number = trace.numbers.find(name);
    if (number != trace.numbers.end()) {
      add_number(inputs, name, *trace.symbols, number->second);
    } else {
      inputs.tensor_values.insert(name, trace.values[name]);
    }
  }
  inputs.tensor_values.update(std::move(graph.tensor_values));
  graph.tensor_values = std::move(inputs.tensor_values);
  inputs.sym_int_values.update(std::move(graph.sym_int_values));
  graph.sym_int_values = std::move(inputs.sym_int_values);
  inputs.sym_float_values.update(std::move(graph.sym_float_values));
  graph.sym_float_values = std::move(inputs.sym_float_values);
  inputs.sym_bool_values.update(std::move(graph.sym_bool_values));
  graph.sym_bool_values = std::move(inputs.sym_bool_values);
  graph.inputs = trace.inputs;
}

/// What the subgraph calls a value of the outer graph; empty if it does not use it.
std::string name_of_lifted(const Subgraph& subgraph, const LiftedInput& wanted) {
  for (const LiftedInput& lifted : subgraph.lifted) {
    if (lifted.outer == wanted.outer) return lifted.value;
  }
  return "";
}

Graph finish_subgraph(Subgraph& subgraph, const std::vector<LiftedInput>& lifted) {
  Trace& trace = subgraph.trace;
  remove_dead_nodes(trace);
  SubgraphNames names(trace);
  for (const std::string& operand : subgraph.operands) {
    names.add_input(operand, entry_of(trace, operand));
  }
  for (const LiftedInput& input : lifted) {
    names.add_input(name_of_lifted(subgraph, input), input.entry);
  }
  names.rename();
  finish_trace(trace);
  Graph graph = split_mode_regions(trace);
  enter_inputs(trace, graph);
  graph.is_single_tensor_return = subgraph.is_single_result;
  return graph;
}

}  // namespace

Subgraph record_subgraph(const SubgraphCall& call, const GraphFunction& function,
                         const Values& data, const TreeSpec& spec) {
  SubgraphRecorder recorder(call.outer, call.op, call.purpose);
  Values leaves;
  std::vector<std::string> operands;
  for (const Value& leaf : data) {
    auto [input, name] = recorder.add_operand(leaf);
    leaves.push_back(std::move(input));
    operands.push_back(std::move(name));
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

void finish_subgraphs(Trace& trace) {
  for (TracedNode& traced : trace.nodes) {
    for (NamedArgument& input : traced.node.inputs) {
      auto* argument = input.arg.get<GraphArgument>();
      if (argument == nullptr) continue;
      PendingSubgraph& pending = *trace.subgraphs.at(argument->name);
      *argument->graph = finish_subgraph(pending.subgraph, pending.lifted);
    }
  }
  trace.subgraphs.clear();
}

}  // namespace roundtrip
