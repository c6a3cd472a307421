#pragma once

#include <roundtrip/exported_program.h>

namespace roundtrip {

/// Signatures of a program's submodules name values of its graph. While the graph is taken
/// apart, nodes know which of its nodes they come from.

/// The module's graph; its nodes have a note of their names, for nodes that are recorded while
/// they run, if there are signatures that name them.
Graph with_origins(const GraphModule& module);

/// Has the signatures of submodules, which name values of the graph `old`, name those of the
/// module's graph that stand for them now. One that names a value that is gone is dropped, and
/// so are all where buffers change: submodules hand on their new values, of which signatures
/// know nothing. Removes the notes.
void update_signatures(GraphModule& module, const Graph& old);

}  // namespace roundtrip
