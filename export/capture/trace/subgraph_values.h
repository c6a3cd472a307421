#pragma once

#include <string>

#include "export/capture/trace/arguments.h"
#include "export/capture/trace/subgraph.h"

/// What the recording of subgraphs and their finishing ask of values.
namespace roundtrip {

/// The name of the one value in an argument; empty for a literal.
inline std::string name_of(schema::Argument value) {
  std::string result;
  visit_value_names(value, [&](std::string& name) { result = name; });
  return result;
}

inline ValueEntry entry_of(Trace& trace, const std::string& value) {
  ValueEntry entry;
  const auto number = trace.numbers.find(value);
  if (number != trace.numbers.end()) {
    entry.number = number->second;
    return entry;
  }
  entry.meta = trace.values[value];
  const auto layout = trace.layouts.find(value);
  if (layout != trace.layouts.end()) entry.layout = layout->second;
  return entry;
}

}  // namespace roundtrip
