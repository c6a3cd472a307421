#pragma once

#include <ATen/SequenceNumber.h>
#include <ATen/core/Tensor.h>
#include <roundtrip/module.h>
#include "export/graph/schema.h"

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
  std::string value;   ///< its name in the trace
  std::string target;  ///< the qualified name of a parameter, buffer or constant
  at::Tensor tensor;   ///< the model's tensor; for a user input its copy
  /// Set for a constant that the model does not declare: where forward used it first.
  std::optional<std::string> undeclared{};
};

/// A symbol of data that the program knows once a node has run: the size of a result's
/// dimension, where in its storage the result begins, or the result itself.
struct SymbolBinding {
  static constexpr std::int64_t kStorageOffset = -1;

  Expr symbol;
  std::string result;
  std::optional<std::int64_t> dimension;  ///< or `kStorageOffset`
};

struct TracedNode {
  schema::Node node;
  bool grad_mode;
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
  std::vector<Placeholder> placeholders;
  std::vector<TracedNode> nodes;
  OrderedMap<TensorMeta> values;
  std::unordered_map<std::string, TensorExprs> layouts;  ///< of values that have symbols
  std::unordered_map<std::string, SymbolicValue> numbers;
  /// One for each leaf of the example inputs: a value's name or a constant.
  std::vector<schema::Argument> inputs;
  std::vector<schema::Argument> outputs;
  std::string out_spec;
  /// Signatures of the submodules for which they were asked, a call each.
  std::vector<schema::ModuleCallEntry> module_calls;
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

/// True if the node's one result is a tensor or number, which then has the node's name.
bool result_bears_name(const schema::Node& node);

TensorMeta tensor_meta(const at::Tensor& tensor, bool requires_grad);

/// The number `name` as an argument.
schema::Argument argument_of(SymbolType type, const std::string& name);

/// The value `name` as an argument of its kind.
schema::Argument value_argument(const Trace& trace, const std::string& name);

/// An expression as a file has it, with its value in this run unless data decides it.
SymExpr file_expr(const Symbols& symbols, const Expr& expr);

/// Enters a number into the graph's table for its kind.
void add_number(schema::Graph& graph, const std::string& name, const Symbols& symbols,
                const SymbolicValue& number);

}  // namespace roundtrip
