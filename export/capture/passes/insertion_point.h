#pragma once

#include <string>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Where a pass inserts nodes, one behind the other.
struct InsertionPoint {
  Trace& trace;
  bool grad_mode = true;  ///< of what is inserted
  Node* last = nullptr;   ///< the node behind which the next one goes; null: before all others

  Node& insert(NodeFields node) {
    last = &trace.graph.insert_after(last, std::move(node));
    NodeRecord& record = trace.records[last];
    record.grad_mode = grad_mode;
    return *last;
  }

  /// A node that gives a number, named after `candidate`.
  GraphValue& insert_number(NodeFields node, const std::string& candidate,
                            const SymbolicValue& number) {
    GraphValue& value =
        trace.graph.add_value(trace.names.create(candidate), number_type(*trace.symbols, number));
    trace.numbers.emplace(&value, number);
    node.name = value.name();
    node.outputs = {Argument(value)};
    insert(std::move(node));
    return value;
  }
};

}  // namespace roundtrip
