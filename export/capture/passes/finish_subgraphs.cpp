#include "export/capture/passes/finish_subgraphs.h"

#include <unordered_map>
#include <unordered_set>

#include "export/capture/passes/finish_trace.h"
#include "export/capture/passes/mode_regions.h"
#include "export/capture/trace/subgraph_values.h"

/// Subgraphs in their final form: dead nodes gone, inputs in order, values named.
namespace roundtrip {
namespace {

bool has_used_result(schema::Node& node, const std::unordered_set<std::string>& used) {
  bool result = node.outputs.empty();
  for (schema::Argument& output : node.outputs) {
    visit_value_names(output, [&](std::string& name) { result = result || used.count(name) > 0; });
  }
  return result;
}

void remove_dead_nodes(Trace& trace) {
  std::unordered_set<std::string> used;
  const auto use = [&](std::string& name) { used.insert(name); };
  for (schema::Argument& output : trace.outputs) visit_value_names(output, use);
  std::vector<TracedNode> kept;
  for (auto traced = trace.nodes.rbegin(); traced != trace.nodes.rend(); ++traced) {
    if (traced->writes || !traced->bindings.empty() || has_used_result(traced->node, used)) {
      for (schema::NamedArgument& input : traced->node.inputs) visit_value_names(input.arg, use);
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
    inputs_.push_back({schema::TensorArgument{name}});
  }

  void rename() {
    const auto use = [this](std::string& name) { name = names_.at(name); };
    for (auto& traced : trace_.nodes) {
      for (schema::NamedArgument& input : traced.node.inputs) visit_value_names(input.arg, use);
      rename_results(traced.node);
      for (SymbolBinding& binding : traced.bindings) use(binding.result);
    }
    for (schema::Argument& output : trace_.outputs) visit_value_names(output, use);
    trace_.values = std::move(values_);
    trace_.numbers = std::move(numbers_);
    trace_.layouts = std::move(layouts_);
    trace_.names = std::move(namer_);
    for (schema::Argument& input : inputs_) input = value_argument(trace_, name_of(input));
    trace_.inputs = std::move(inputs_);
  }

 private:
  void rename_results(schema::Node& node) {
    const bool bears_name = result_bears_name(node);
    if (!bears_name) node.name = namer_.create(name_candidate(*node.name));
    for (schema::Argument& output : node.outputs) {
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
  std::vector<schema::Argument> inputs_;
};

/// Inputs come before what nodes define in the graph's tables.
void enter_inputs(Trace& trace, schema::Graph& graph) {
  schema::Graph inputs;
  for (const schema::Argument& input : trace.inputs) {
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

schema::Graph finish_subgraph(Subgraph& subgraph, const std::vector<LiftedInput>& lifted) {
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
  schema::Graph graph = split_mode_regions(trace);
  enter_inputs(trace, graph);
  graph.is_single_tensor_return = subgraph.is_single_result;
  return graph;
}

}  // namespace

void finish_subgraphs(Trace& trace) {
  for (TracedNode& traced : trace.nodes) {
    for (schema::NamedArgument& input : traced.node.inputs) {
      auto* argument = input.arg.get<schema::GraphArgument>();
      if (argument == nullptr) continue;
      PendingSubgraph& pending = *trace.subgraphs.at(argument->name);
      *argument->graph = finish_subgraph(pending.subgraph, pending.lifted);
    }
  }
  trace.subgraphs.clear();
}

}  // namespace roundtrip
