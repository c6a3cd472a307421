#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <vector>

#include "export/unflatten/outline.h"

namespace roundtrip {

/// Drops calls of a module that do what an earlier one does, and has their callers call
/// that one; then joins the calls of modules whose signatures are preserved. Modules that
/// do the same under different names become one.
void merge_calls(const Outline& outline);

/// Adds the modules that no node belongs to, and sorts all into the order of
/// `module_call_graph`.
void sort_modules(const std::vector<ModuleCallEntry>& entries, const ModuleNodePtr& root);

}  // namespace roundtrip
