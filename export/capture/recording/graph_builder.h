#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "export/capture/trace/trace.h"
#include "export/tracing/node_metadata.h"

namespace roundtrip {

/// The graph of one run of forward while it comes up: its values, which get their names here,
/// and its nodes with the modes that they are called in.
class GraphBuilder {
 public:
  /// `follows_modes`: regions of gradient and autocast mode are part of the graph.
  GraphBuilder(std::shared_ptr<Symbols> symbols, bool follows_modes);
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  /// The number of the graph: its traced tensors bear it. None is 0.
  std::uint64_t id() const { return id_; }
  Trace& trace() { return trace_; }
  const Trace& trace() const { return trace_; }
  Symbols& symbols() const { return *trace_.symbols; }
  ModeTracker& modes() { return modes_; }

  /// The graph's next input.
  GraphValue& add_placeholder(PlaceholderKind kind, const std::string& target,
                              const at::Tensor& tensor);
  GraphValue& add_number_input(const SymbolicValue& number);

  /// A new value, named after `candidate`, that the next node gives. Throws `UnsupportedError` for
  /// a sparse or quantized tensor.
  GraphValue& define(const at::Tensor& concrete, const std::string& candidate);
  GraphValue& define(const SymbolicValue& number, const std::string& candidate);
  std::string new_name(const std::string& candidate) { return trace_.names.create(candidate); }

  /// Of the call that is made now. None while a function only runs on other data.
  Metadata new_metadata(const std::string& target);

  /// Appends a node, with metadata if it has none, called in the gradient mode of now.
  Node& append(NodeFields node, bool writes = false);
  Node& append(NodeFields node, bool writes, bool grad_mode);
  /// The same for one that gives `result` and goes by its name.
  Node& append(NodeFields node, GraphValue& result, bool writes = false);

  /// Where the graph has the number that is `value`.
  NumberPlace place_of(GraphValue& value) const { return {id_, &value, nullptr, {}, 0}; }

 private:
  GraphValue& add_input_value(Type type);

  const std::uint64_t id_;
  const bool follows_modes_;
  Trace trace_;
  ModeTracker modes_;
  NodeMetadata metadata_;
};

}  // namespace roundtrip
