#include "export/capture/passes/runtime_asserts.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "export/capture/passes/insertion_point.h"
#include "export/capture/passes/metadata_asserts.h"
#include "export/capture/passes/number_nodes.h"
#include "export/capture/passes/replace_number.h"
#include "export/capture/trace/unused_numbers.h"
#include "export/graph/python_functions.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/node_metadata.h"

namespace roundtrip {
namespace {

constexpr const char* kAssertScalar = "torch.ops.aten._assert_scalar.default";

class AssertInserter {
 public:
  explicit AssertInserter(Trace& trace)
      : trace_(trace), point_{trace, trace.grad_mode}, numbers_(point_) {
    const ShapeEnv& env = trace.symbols->env;
    for (const DeferredAssert& deferred : env.deferred_asserts()) {
      if (env.has_unbacked(deferred.condition)) {
        pending_.push_back(deferred.condition);
      } else if (!trace.in_branch) {
        of_inputs_.push_back(deferred.condition);
      }
    }
  }

  void run() {
    Node* first = first_node();
    bind_inputs();
    visit_from(first);
    if (first == nullptr) assert_sizes_of_inputs();
    if (!trace_.in_branch) refuse_lost_asserts();
    drop_unused_sizes();
  }

  /// Python's frontend inserts assertions into the graphs of branches before they are
  /// traced for the program; names that this takes stay taken.
  FxNamespace names_after_tracing() {
    is_first_pass_ = true;
    visit_from(first_node());
    return trace_.names;
  }

 private:
  Node* first_node() {
    const auto nodes = trace_.graph.nodes();
    return nodes.empty() ? nullptr : &nodes.front();
  }

  /// What is inserted behind a node comes before the one that followed it.
  void visit_from(Node* node) {
    while (node != nullptr) {
      Node* next = node->next();
      visit(*node);
      node = next;
    }
  }

  const SymbolicValue& simplified(const GraphValue& number) {
    SymbolicValue& value = trace_.numbers.at(&number);
    value.expr = trace_.symbols->env.simplify(value.expr);
    return value;
  }

  // ---- sizes of inputs ----------------------------------------------------

  /// The symbols of inputs, those too that were found equal to others, which go by the one
  /// that stands for all: their sizes come first, right behind the placeholders. A branch
  /// prefers numbers it is given.
  void bind_inputs() {
    if (trace_.in_branch) {
      for (const Argument& input : trace_.inputs) bind_number(input);
    }
    for (const Argument& input : trace_.inputs) {
      bind_number(input);
      if (const auto* tensor = input.get<TensorArgument>()) bind_tensor(*tensor->value);
    }
  }

  void bind_number(const Argument& input) {
    GraphValue* value = input.get<SymIntArgument>() != nullptr ? input.as_value() : nullptr;
    if (value == nullptr) return;
    const Expr& expr = simplified(*value).expr;
    const bool derived = trace_.in_branch && !expr.children.empty();
    if ((expr.kind == ExprKind::symbol || derived) && !numbers_.has(expr)) {
      numbers_.set(expr, *value);
    }
  }

  void bind_tensor(GraphValue& tensor) {
    const auto layout = trace_.layouts.find(&tensor);
    if (layout == trace_.layouts.end()) return;
    for (std::size_t i = 0; i < layout->second.sizes.size(); ++i) {
      const Expr& size = layout->second.sizes[i];
      if (size.kind == ExprKind::symbol && !numbers_.has(size)) {
        insert_size(size, tensor, static_cast<std::int64_t>(i));
      }
    }
  }

  // ---- nodes for symbols --------------------------------------------------

  void insert_size(const Expr& symbol, GraphValue& tensor, std::int64_t dimension) {
    NodeFields node;
    node.target = "torch.ops.aten.sym_size.int";
    node.inputs = {{"self", Argument(tensor), ArgumentKind::positional},
                   {"dim", dimension, ArgumentKind::positional}};
    insert_symbol(std::move(node), "sym_size_int", symbol);
  }

  /// The size is the symbol, or a multiple of it.
  void insert_size(const SymbolBinding& binding) {
    const auto layout = trace_.layouts.find(binding.result);
    const auto dimension = static_cast<std::size_t>(*binding.dimension);
    const Expr size = layout == trace_.layouts.end()
                          ? binding.symbol
                          : trace_.symbols->env.simplify(layout->second.sizes[dimension]);
    const auto factor = factor_of(size, binding.symbol);
    if (!factor || *factor == 1) {
      insert_size(binding.symbol, *binding.result, *binding.dimension);
    } else {
      insert_size(size, *binding.result, *binding.dimension);
      insert_quotient(size, *factor, binding.symbol);
    }
  }

  void insert_quotient(const Expr& number, std::int64_t factor, const Expr& symbol) {
    const Argument dividend = numbers_.argument(number);
    insert_symbol(call_of_function("_operator.floordiv", {dividend, factor}), "floordiv", symbol);
  }

  void insert_storage_offset(const Expr& symbol, GraphValue& tensor) {
    NodeFields node;
    node.target = "torch.ops.aten.sym_storage_offset.default";
    node.inputs = {{"self", Argument(tensor), ArgumentKind::positional}};
    insert_symbol(std::move(node), "sym_storage_offset_default", symbol);
  }

  /// An unbacked condition is `u0 == 1` of a number that no node gives by itself.
  void insert_number_of_condition(const Expr& symbol, GraphValue& condition) {
    const Expr is_true = trace_.symbols->env.simplify(equal(symbol, integer(1)));
    GraphValue& number = point_.insert_number(
        call_of_function("torch.sym_ite", {Argument(condition), std::int64_t{1}, std::int64_t{0}}),
        "sym_ite", {if_then_else(is_true, integer(1), integer(0)), SymbolType::integer});
    numbers_.set(symbol, number);
  }

  void insert_symbol(NodeFields node, const std::string& candidate, const Expr& symbol) {
    GraphValue& value =
        point_.insert_number(std::move(node), candidate, {symbol, SymbolType::integer});
    numbers_.set(symbol, value);
    sizes_.push_back(point_.last);
  }

  void bind(const SymbolBinding& binding) {
    const Expr& symbol = binding.symbol;
    if (numbers_.has(symbol)) return;
    if (binding.dimension == SymbolBinding::kStorageOffset) {
      insert_storage_offset(symbol, *binding.result);
    } else if (binding.dimension) {
      insert_size(binding);
    } else if (trace_.numbers.at(binding.result).type == SymbolType::boolean) {
      insert_number_of_condition(symbol, *binding.result);
    } else {
      bind_item(symbol, *binding.result);
    }
  }

  /// The number is the symbol, or a multiple of it.
  void bind_item(const Expr& symbol, GraphValue& item) {
    const Expr& number = simplified(item).expr;
    const std::int64_t factor = factor_of(number, symbol).value_or(1);
    if (factor == 1) {
      numbers_.set(symbol, item);
    } else {
      numbers_.set(number, item);
      insert_quotient(number, factor, symbol);
    }
  }

  // ---- nodes that were recorded -------------------------------------------

  void visit(Node& node) {
    Node* before = point_.last;
    NodeRecord& record = trace_.record(node);
    point_.grad_mode = record.grad_mode;
    changes_.insert(changes_.end(), record.before.begin(), record.before.end());
    record.before.clear();
    const Metadata metadata = node.metadata();
    const std::vector<SymbolBinding> bindings = std::exchange(record.bindings, {});
    const bool is_first = !std::exchange(any_visited_, true);
    if (auto check = metadata_assert(trace_, node, before)) point_.insert(std::move(*check));
    if (!is_first_pass_) rename_bound_items(node, bindings);
    if (is_asserted(node) || replace_by_known(node, bindings)) {
      trace_.records.erase(&node);
      trace_.graph.erase(node);
    } else {
      point_.last = &node;
    }
    for (const SymbolBinding& binding : bindings) bind(binding);
    if (is_first) assert_sizes_of_inputs();
    for (const SymbolBinding& binding : bindings) assert_bounds(binding);
    complete_inserted(before, metadata);
  }

  /// What is inserted for a node belongs to its module, and has the changes of modes before it.
  void complete_inserted(Node* before, const Metadata& metadata) {
    if (point_.last == before) return;
    Node* first = before == nullptr ? first_node() : before->next();
    for (Node* node = first; node != point_.last->next(); node = node->next()) {
      if (node->metadata().empty()) node->metadata() = inserted_metadata(metadata, node->target());
    }
    trace_.record(*first).before = std::exchange(changes_, {});
  }

  /// True for an assertion of a program captured before that the graph has already.
  bool is_asserted(const Node& node) {
    if (node.target() != kAssertScalar) return false;
    const GraphValue* number = node.inputs()[0].arg.as_value();
    if (number == nullptr) return false;
    const Expr& condition = simplified(*number).expr;
    return !asserted_.insert(to_srepr(condition)).second && numbers_.has(condition);
  }

  /// True if the graph has the node's number already, or can make it of inputs' sizes.
  bool replace_by_known(const Node& node, const std::vector<SymbolBinding>& bindings) {
    GraphValue* result = number_result(trace_, node);
    if (result == nullptr) return false;
    const Expr expr = simplified(*result).expr;
    const bool makes_symbol =
        std::any_of(bindings.begin(), bindings.end(),
                    [this](const SymbolBinding& binding) { return !numbers_.has(binding.symbol); });
    const bool can_be_made =
        is_size_query(node) && NumberNodes::can_make(expr) && numbers_.has_symbols_of(expr);
    if (!makes_symbol && (numbers_.has(expr) || can_be_made)) {
      replace_number(trace_.graph, *result, numbers_.argument(expr));
      return true;
    }
    if ((!expr.children.empty() || expr.kind == ExprKind::symbol) && !numbers_.has(expr)) {
      numbers_.set(expr, *result);
    }
    return false;
  }

  /// Items of what control flow gives, and of several results, are taken anew where a symbol
  /// is found in them.
  void rename_bound_items(const Node& node, const std::vector<SymbolBinding>& bindings) {
    const bool higher_order = node.target().starts_with("torch.ops.higher_order.");
    if (!higher_order && node.outputs().size() == 1) return;
    std::unordered_set<const GraphValue*> renamed;
    for (const SymbolBinding& binding : bindings) {
      if (!renamed.insert(binding.result).second) continue;
      trace_.graph.rename(*binding.result, trace_.names.create("getitem"));
    }
  }

  // ---- assertions ---------------------------------------------------------

  void assert_bounds(const SymbolBinding& binding) {
    const Expr& symbol = binding.symbol;
    if (!bounded_.insert(symbol.name).second) return;
    assert_range(symbol);
    assert_pending();
  }

  void assert_range(const Expr& symbol) {
    const auto [min, max] = trace_.symbols->env.range_of(symbol);
    if (min && *min > std::numeric_limits<std::int64_t>::min()) {
      assert_true(greater_equal(symbol, integer(*min)));
    }
    if (max && *max < std::numeric_limits<std::int64_t>::max() - 1) {
      assert_true(less_equal(symbol, integer(*max)));
    }
  }

  /// Python has them behind the first node. Those that became replacements hold for
  /// every input that the program takes. A symbol from which dimensions are derived may be the
  /// size of none: then the sizes go by their own symbols.
  void assert_sizes_of_inputs() {
    for (const Expr& given : of_inputs_) {
      const Expr known = trace_.symbols->env.simplify(given);
      const Expr& condition = numbers_.has_symbols_of(known) ? known : given;
      if (!NumberNodes::can_make(condition)) refuse(condition);
      assert_true(condition);
    }
  }

  /// Those whose last symbol has come up.
  void assert_pending() {
    std::vector<Expr> waiting;
    for (const Expr& condition : std::exchange(pending_, {})) {
      if (!numbers_.has_symbols_of(condition)) {
        waiting.push_back(condition);
      } else {
        if (!NumberNodes::can_make(condition)) refuse(condition);
        assert_true(condition);
      }
    }
    pending_ = std::move(waiting);
  }

  /// What waits for a symbol of a branch is asserted there.
  void refuse_lost_asserts() const {
    for (const Expr& condition : pending_) {
      if (!trace_.symbols->asserted.contains(to_srepr(condition))) refuse(condition);
    }
  }

  [[noreturn]] static void refuse(const Expr& condition) {
    throw UnsupportedError("the program cannot assert " + to_string(condition) + " when it runs");
  }

  void assert_true(const Expr& condition) {
    if (!asserted_.insert(to_srepr(condition)).second) return;
    const Argument number = numbers_.argument(condition);
    const GraphValue* value = number.as_value();
    if (value == nullptr || is_first_pass_) return;
    const std::string message = "Runtime assertion failed for expression " + to_string(condition) +
                                " on node '" + value->name() + "'";
    trace_.symbols->asserted.insert(to_srepr(condition));
    NodeFields node;
    node.target = kAssertScalar;
    node.inputs = {{"self", number, ArgumentKind::positional},
                   {"assert_msg", message, ArgumentKind::positional}};
    node.name = trace_.names.create("_assert_scalar_default");
    point_.insert(std::move(node));
  }

  /// Sizes that were made for assertions that did not come.
  void drop_unused_sizes() {
    for (Node* node : sizes_) {
      if (node->result().is_used() || !trace_.record(*node).before.empty()) continue;
      trace_.records.erase(node);
      trace_.graph.erase(*node);
    }
  }

  Trace& trace_;
  InsertionPoint point_;
  NumberNodes numbers_;
  std::vector<Expr> of_inputs_;      ///< conditions on their sizes alone
  std::vector<Expr> pending_;        ///< those on data whose symbols are yet to come
  std::vector<ModeChange> changes_;  ///< of modes, since the last node that stayed
  bool is_first_pass_ = false;
  bool any_visited_ = false;
  std::vector<Node*> sizes_;  ///< nodes that were inserted for symbols
  std::unordered_set<std::string> bounded_;
  std::unordered_set<std::string> asserted_;
};

}  // namespace

void insert_runtime_asserts(Trace& trace) {
  if (trace.in_branch) {
    Trace traced = copy_of_graph(trace);
    trace.names = AssertInserter(traced).names_after_tracing();
  }
  AssertInserter(trace).run();
}

}  // namespace roundtrip
