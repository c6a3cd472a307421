#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "export/graph/schema.h"

namespace roundtrip::schema {

/// Which of a graph's `*_values` tables describes a value.
enum class ValueKind { tensor, sym_int, sym_float, sym_bool, custom_obj };

/// Calls `visit` with every value that an argument names. Subgraphs have values
/// of their own and are not entered.
void visit_values(const Argument& argument,
                  const std::function<void(const std::string&, ValueKind)>& visit);

/// The same for renaming.
void visit_values(Argument& argument, const std::function<void(std::string&, ValueKind)>& visit);

/// Renames the values in the graph's tables, not where they are used; others keep their names.
void rename_values(Graph& graph, const std::unordered_map<std::string, std::string>& names);

/// What a kind is called in messages: `tensor`, `SymInt`, ...
const char* kind_name(ValueKind kind);

}  // namespace roundtrip::schema
