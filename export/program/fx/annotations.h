#pragma once

#include <roundtrip/graph.h>

#include <string>

#include "export/program/symbol_text.h"

namespace roundtrip {

/// `f32[s77, 4]` or `Sym(s77)`: what the code of `graph` says about the value
/// `name`; empty if nothing.
std::string fx_annotation(const Graph& graph, const std::string& name, SymbolText& symbols);

}  // namespace roundtrip
