#pragma once

#include <roundtrip/graph.h>

#include <string>

#include "export/program/fx/graph.h"
#include "export/program/fx/nodes.h"

namespace roundtrip {

FxArgument fx_literal(std::string text);
FxArgument fx_reference(std::size_t node);
FxArgument fx_container(FxArgument::Kind kind);

/// The argument of a node as Python holds it. A subgraph becomes a node of its own,
/// with `metadata`. Throws `ProgramError` for a value that no node produces.
FxArgument make_fx_argument(const Argument& argument, FxNodes& nodes, const Metadata* metadata);

}  // namespace roundtrip
