#include "export/verifier/graph_rules.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "export/graph/depth.h"
#include "export/symbolic/expr/expr.h"
#include "export/verifier/operator_rules.h"

namespace roundtrip {
namespace {

const char* table_name(ValueKind kind) {
  static const std::unordered_map<ValueKind, const char*> kNames = {
      {ValueKind::tensor, "tensor_values"},         {ValueKind::sym_int, "sym_int_values"},
      {ValueKind::sym_float, "sym_float_values"},   {ValueKind::sym_bool, "sym_bool_values"},
      {ValueKind::custom_obj, "custom_obj_values"},
  };
  return kNames.at(kind);
}

/// What describes values: expressions that can be read.
class DescriptionVerifier {
 public:
  void verify(const Graph& graph) {
    for (const GraphValue* value : graph.values()) {
      name_ = &value->name();
      std::visit([this](const auto& type) { verify_type(type); }, value->type());
    }
  }

 private:
  void verify_type(const TensorMeta& meta) {
    for (const SymInt& size : meta.sizes) verify(size);
    for (const SymInt& stride : meta.strides) verify(stride);
    verify(meta.storage_offset);
  }
  void verify_type(const SymInt& number) { verify(number); }
  void verify_type(const SymFloat& number) { verify(number); }
  void verify_type(const SymBool& number) { verify(number); }
  template <typename Other>
  void verify_type(const Other&) {}

  template <typename Number>
  void verify(const Number& number) {
    const auto* expr = std::get_if<SymExpr>(&number);
    if (!expr || !known_.insert(expr->expr_str).second) return;
    try {
      parse_srepr(expr->expr_str);
    } catch (const ProgramError& error) {
      throw VerificationError("", *name_,
                              "the value '" + *name_ + "' is described by a " + error.what());
    }
  }

  const std::string* name_ = nullptr;
  std::unordered_set<std::string> known_;  ///< many values have the same sizes
};

/// Walks one graph in its nodes' order.
class GraphVerifier {
 public:
  GraphVerifier(const Graph& graph, Dialect dialect, std::string path, int depth)
      : graph_(graph), dialect_(dialect), path_(std::move(path)), depth_(depth), scope_(graph) {}

  void verify() {
    if (depth_ > kMaxGraphDepth) fail("", "graphs are nested too deeply");
    DescriptionVerifier().verify(graph_);
    node_ = "its inputs";
    for (const Argument& input : graph_.inputs()) define(input);
    for (const Node& node : graph_.nodes()) verify_node(node);
    node_ = "its outputs";
    is_node_ = false;
    for (const Argument& output : graph_.outputs()) use(output);
  }

 private:
  void verify_node(const Node& node) {
    node_ = node.name().value_or(node.target());
    is_node_ = true;
    // Operands of control flow are a list that files call one of tensors.
    const bool is_control_flow = node.target().starts_with("torch.ops.higher_order.");
    for (const NamedArgument& input : node.inputs()) {
      const bool may_hold_numbers =
          is_control_flow && input.arg.get<std::vector<TensorArgument>>() != nullptr;
      use(input.arg, may_hold_numbers);
      if (const auto* subgraph = input.arg.get<GraphArgument>()) {
        GraphVerifier(*subgraph->graph, dialect_, path_ + subgraph->name + ".", depth_ + 1)
            .verify();
      }
    }
    try {
      verify_call(node, dialect_, scope_);
    } catch (const VerificationError&) {
      throw;
    } catch (const Error& error) {
      fail("", error.what());
    }
    for (const Argument& output : node.outputs()) define(output);
  }

  void define(const Argument& argument) {
    for_each_value(argument, [this](const GraphValue& value, ValueKind kind) {
      defined_.insert(&value);
      scope_.define(value);
      if (value.kind() == kind) return;
      fail(value.name(), c10::str("the value '", value.name(), "' has no entry in the graph's ",
                                  table_name(kind)));
    });
  }

  void use(const Argument& argument, bool may_hold_numbers = false) {
    for_each_value(argument, [&](const GraphValue& value, ValueKind kind) {
      if (defined_.count(&value) == 0) {
        fail(value.name(),
             "the value '" + value.name() + "' is used, but nothing before defines it");
      }
      const ValueKind known = *value.kind();
      const bool is_operand = may_hold_numbers && known == ValueKind::sym_int;
      if (known != kind && !is_operand) {
        fail(value.name(), c10::str("the value '", value.name(), "' is a ", kind_name(known),
                                    ", but is used as a ", kind_name(kind)));
      }
    });
  }

  [[noreturn]] void fail(const std::string& value, const std::string& reason) const {
    const std::string graph =
        path_.empty() ? "the graph" : "the graph '" + path_.substr(0, path_.size() - 1) + "'";
    throw VerificationError(is_node_ ? node_ : "", value,
                            is_node_ ? c10::str("node '", node_, "' of ", graph, ": ", reason)
                                     : c10::str(graph, ", ", node_, ": ", reason));
  }

  const Graph& graph_;
  Dialect dialect_;
  std::string path_;  ///< names of the graphs around and of this one, with dots
  int depth_;
  Scope scope_;
  std::unordered_set<const GraphValue*> defined_;
  std::string node_;
  bool is_node_ = false;
};

}  // namespace

Dialect dialect_of(const Program& program) {
  static const std::unordered_map<std::string, Dialect> kDialects = {
      {"TRAINING", Dialect::training}, {"ATEN", Dialect::aten}, {"", Dialect::aten}};
  if (program.verifiers.size() != 1) {
    throw VerificationError(
        "", "",
        c10::str("the program names ", program.verifiers.size(), " dialects; it must name one"));
  }
  const auto found = kDialects.find(program.verifiers.front());
  if (found != kDialects.end()) return found->second;
  throw VerificationError(
      "", "",
      "the program's dialect '" + program.verifiers.front() + "' is not known: TRAINING or ATEN");
}

void verify_graph(const Graph& graph, Dialect dialect) {
  GraphVerifier(graph, dialect, "", 0).verify();
}

}  // namespace roundtrip
