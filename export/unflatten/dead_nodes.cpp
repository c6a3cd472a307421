#include "export/unflatten/dead_nodes.h"

#include <functional>

#include "export/interpreter/steps/node_effects.h"
#include "export/program/needed_nodes.h"
#include "export/program/unused_results.h"

namespace roundtrip {

void drop_dead_nodes(Graph& graph) {
  graph.nodes = needed_nodes(std::move(graph.nodes), graph.outputs, std::identity(), has_effects);
  name_unused_results(graph);
}

}  // namespace roundtrip
