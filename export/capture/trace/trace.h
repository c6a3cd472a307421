#pragma once

#include <ATen/SequenceNumber.h>
#include <ATen/core/Tensor.h>
#include <roundtrip/graph.h>
#include <roundtrip/module.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/capture/trace/mode_tracker.h"
#include "export/graph/names.h"
#include "export/tracing/symbols.h"

namespace roundtrip {

struct PendingSubgraph;

enum class PlaceholderKind { parameter, buffer, constant, user_input };

/// An input of the traced graph that is a tensor.
struct Placeholder {
  PlaceholderKind kind;
  GraphValue* value;
  std::string target;  ///< the qualified name of a parameter, buffer or constant
  at::Tensor tensor;   ///< the model's tensor; for a user input its copy
  /// Set for a constant that the model does not declare: where forward used it first.
  std::optional<std::string> undeclared{};
};

/// An unbacked symbol that the program knows once a node has run: the size of a result's
/// dimension, where in its storage the result begins, or the result itself.
struct SymbolBinding {
  static constexpr std::int64_t kStorageOffset = -1;

  Expr symbol;
  GraphValue* result;
  std::optional<std::int64_t> dimension;  ///< or `kStorageOffset`
};

/// What a capture knows of a node beyond what the graph has.
struct NodeRecord {
  bool grad_mode = true;
  bool writes = false;  ///< to one of its arguments: it counts even if its result is not used
  std::vector<ModeChange> before{};  ///< modes that changed since the node before
  std::vector<SymbolBinding> bindings{};
  /// Of the gradient functions that the thread made, how many it had made when this was called.
  std::uint64_t sequence = at::sequence_number::peek();
};

/// The layout of a tensor some of whose sizes are symbolic.
struct TensorExprs {
  std::vector<Expr> sizes;
  std::vector<Expr> strides;
  Expr storage_offset;
};

/// What one run of forward called, in order, before names are final and regions
/// are split off.
struct Trace {
  Trace() = default;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  Trace(Trace&&) noexcept = default;
  Trace& operator=(Trace&&) noexcept = default;
  ~Trace() = default;

  NodeRecord& record(const Node& node) { return records.at(&node); }
  const NodeRecord& record(const Node& node) const { return records.at(&node); }
  /// The number that the value is, or null for a tensor.
  const SymbolicValue* number(const GraphValue& value) const;

  Graph graph;  ///< without inputs until their order is known
  std::unordered_map<const Node*, NodeRecord> records;
  std::vector<Placeholder> placeholders;
  /// Of values that have symbols. Types of values have them once the trace is finished.
  std::unordered_map<const GraphValue*, TensorExprs> layouts;
  std::unordered_map<const GraphValue*, SymbolicValue> numbers;
  /// One for each leaf of the example inputs: a value or a constant.
  std::vector<Argument> inputs;
  std::string out_spec;
  /// Signatures of the submodules for which they were asked, a call each.
  std::vector<ModuleCallEntry> module_calls;
  bool grad_mode = true;   ///< when forward was called
  bool in_branch = false;  ///< of a branch or body of control flow
  /// Of control flow, by name; their nodes hold empty graphs until they are finished.
  std::unordered_map<std::string, std::shared_ptr<PendingSubgraph>> subgraphs;
  std::shared_ptr<Symbols> symbols;
  FxNamespace names;
  ModuleState state;  ///< the model's, before forward ran
  /// What the user should hear beside what the symbols have to say.
  std::vector<std::string> warnings;
};

/// The graph of the trace and what is known of its nodes and values, apart from the trace.
Trace copy_of_graph(const Trace& trace);

/// Erases nodes whose results nobody uses and for which `may_go` is true, from last to first.
/// Changes of modes stay, before the node that follows.
void erase_dead(Trace& trace, const std::function<bool(const Node&)>& may_go);

TensorMeta tensor_meta(const at::Tensor& tensor, bool requires_grad);

/// An expression as a file has it, with its value in this run unless data decides it.
SymExpr file_expr(const Symbols& symbols, const Expr& expr);

/// The type of a value that is this number.
Type number_type(const Symbols& symbols, const SymbolicValue& number);

}  // namespace roundtrip
