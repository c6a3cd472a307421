#pragma once

#include <ATen/core/ivalue.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "export/capture/recording/graph_builder.h"
#include "export/capture/recording/surroundings.h"
#include "export/tracing/sym_node.h"

namespace roundtrip {

/// The numbers of a graph: unbacked symbols, arithmetic on them and on sizes, and the nodes that
/// give both.
class NumberRecorder final : public ArithmeticRecorder {
 public:
  NumberRecorder(GraphBuilder& graph, Surroundings& surroundings)
      : graph_(graph), surroundings_(surroundings) {}

  /// A symbolic number as an argument; the first use of a size makes its node. Throws
  /// `CaptureError` for a number of another capture, or of a branch that is over.
  Argument argument(const c10::SymNode& number);
  NumberPlace record_arithmetic(const std::string& target,
                                const std::vector<c10::SymNode>& operands,
                                const SymbolicValue& result) override;

  /// A new symbol for a size that data decides. `most` bounds it; without it, nothing does.
  c10::SymInt new_size(std::int64_t value, std::optional<std::int64_t> most);
  /// The same, of at most a number that may be one of sizes itself.
  c10::SymInt new_size_up_to(std::int64_t value, const c10::SymInt& most);
  /// A new symbol for an integer that data decides.
  c10::SymInt new_number(std::int64_t value);
  /// Notes where the symbols that were made since the node before stand in this one's results.
  void bind_new_symbols(const Node& node);

  /// What `aten.item`, called by `called`, gives of a tensor with the data `value`: a symbol of
  /// data, or what the same call gave before.
  c10::IValue item(GraphValue& tensor, const c10::Scalar& value, const std::string& called);

  /// A value of the graph as a symbolic number.
  c10::IValue symbolic(GraphValue& number) const;

 private:
  GraphValue& append(NodeFields node, const std::string& candidate, const SymbolicValue& value);
  GraphValue* same_item(const NodeFields& call, const GraphValue& tensor) const;
  SymbolicValue new_item(const c10::Scalar& value);
  Argument size_argument(SymNode& number);
  std::optional<SymbolBinding> find(const Expr& symbol, GraphValue& result) const;

  GraphBuilder& graph_;
  Surroundings& surroundings_;
  /// Unbacked symbols that the call under way made.
  std::vector<Expr> new_symbols_;
};

}  // namespace roundtrip
