#include "export/unflatten/dead_nodes.h"

#include <functional>

#include "export/interpreter/steps/node_effects.h"
#include "export/program/unused_results.h"

namespace roundtrip {

void drop_dead_nodes(Graph& graph) {
  graph.erase_dead(std::not_fn(has_effects));
  name_unused_results(graph);
}

}  // namespace roundtrip
