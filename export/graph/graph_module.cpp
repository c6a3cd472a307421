#include <roundtrip/graph.h>

namespace roundtrip {
namespace {

/// Makes of arguments that name values of one graph ones that name another's, of the same names.
struct Renaming {
  Graph& graph;

  void operator()(std::vector<Argument>& arguments) const {
    for (Argument& argument : arguments) (*this)(argument);
  }
  void operator()(Argument& argument) const {
    map_values(argument, [this](GraphValue& value) { return &graph.find_or_add(value.name()); });
  }
};

}  // namespace

GraphModule::GraphModule(const GraphModule& other)
    : signature(other.signature),
      module_call_graph(other.module_call_graph),
      metadata(other.metadata),
      treespec_namedtuple_fields(other.treespec_namedtuple_fields) {
  set_graph(other.graph);
}

void GraphModule::set_graph(Graph next) {
  const Renaming to_next{next};
  for (InputSpec& spec : signature.input_specs) to_next(spec.arg);
  for (OutputSpec& spec : signature.output_specs) {
    to_next(spec.arg);
    if (spec.input != nullptr) spec.input = &next.find_or_add(spec.input->name());
  }
  for (ModuleCallEntry& call : module_call_graph) {
    if (!call.signature) continue;
    to_next(call.signature->inputs);
    to_next(call.signature->outputs);
  }
  graph = std::move(next);
}

void GraphModule::replace_uses(GraphValue& from, GraphValue& to) {
  graph.replace_uses(from, to);
  const auto replace = [&](Argument& argument) {
    map_values(argument, [&](GraphValue& value) { return &value == &from ? &to : &value; });
  };
  for (OutputSpec& spec : signature.output_specs) replace(spec.arg);
  for (ModuleCallEntry& call : module_call_graph) {
    if (!call.signature) continue;
    for (auto* arguments : {&call.signature->inputs, &call.signature->outputs}) {
      for (Argument& argument : *arguments) replace(argument);
    }
  }
}

GraphModule& GraphModule::operator=(const GraphModule& other) {
  return *this = GraphModule(other);
}

}  // namespace roundtrip
