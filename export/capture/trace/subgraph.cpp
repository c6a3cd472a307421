#include "export/capture/trace/subgraph.h"

namespace roundtrip {

ValueEntry ValueEntry::of(const Trace& trace, const GraphValue& value) {
  ValueEntry entry{value.type(), std::nullopt, std::nullopt};
  if (const SymbolicValue* number = trace.number(value)) entry.number = *number;
  const auto layout = trace.layouts.find(&value);
  if (layout != trace.layouts.end()) entry.layout = layout->second;
  return entry;
}

}  // namespace roundtrip
