#pragma once

#include <roundtrip/graph.h>

#include <string>

#include "export/program/symbol_text.h"

namespace roundtrip {

/// `f32[s77, 4]` or `Sym(s77)`: what the code says about a value of that type; empty if nothing.
std::string fx_annotation(const Type& type, SymbolText& symbols);

}  // namespace roundtrip
