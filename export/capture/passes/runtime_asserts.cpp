#include "export/capture/passes/runtime_asserts.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_set>

#include "export/capture/passes/metadata_asserts.h"
#include "export/capture/passes/number_nodes.h"
#include "export/capture/passes/replaced_values.h"
#include "export/capture/trace/arguments.h"
#include "export/capture/trace/unused_numbers.h"
#include "export/graph/python_functions.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/node_metadata.h"

namespace roundtrip {
namespace {

constexpr const char* kAssertScalar = "torch.ops.aten._assert_scalar.default";

/// `u0 >= 2`: told by the symbol's range, which is asserted as such.
bool is_bound(const Expr& expr) {
  if (expr.kind != ExprKind::less_equal && expr.kind != ExprKind::greater_equal) return false;
  const auto is = [&](std::size_t i, ExprKind kind) { return expr.children[i].kind == kind; };
  return (is(0, ExprKind::symbol) && is(1, ExprKind::integer)) ||
         (is(0, ExprKind::integer) && is(1, ExprKind::symbol));
}

class AssertInserter {
 public:
  explicit AssertInserter(Trace& trace) : trace_(trace), numbers_(trace) {
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
    std::vector<TracedNode> nodes = std::move(trace_.nodes);
    trace_.nodes.clear();
    bind_inputs();
    const bool no_nodes = nodes.empty();
    visit_all(std::move(nodes));
    if (no_nodes) assert_sizes_of_inputs(trace_.grad_mode);
    for (schema::Argument& output : trace_.outputs) replaced_.apply(output);
    if (!trace_.in_branch) refuse_lost_asserts();
    drop_unused_symbols();
  }

  /// Python's frontend inserts assertions into the graphs of branches before they are
  /// traced for the program; names that this takes stay taken.
  FxNamespace names_after_tracing() {
    is_first_pass_ = true;
    visit_all(std::exchange(trace_.nodes, {}));
    return trace_.names;
  }

 private:
  void visit_all(std::vector<TracedNode> nodes) {
    for (TracedNode& node : nodes) visit(std::move(node));
  }

  Expr simplified(const std::string& number) {
    SymbolicValue& value = trace_.numbers[number];
    value.expr = trace_.symbols->env.simplify(value.expr);
    return value.expr;
  }

  /// The symbols of inputs, those too that were found equal to others, which go by the one
  /// that stands for all: their sizes come first, right behind the placeholders. A branch
  /// prefers numbers it is given.
  void bind_inputs() {
    if (trace_.in_branch) {
      for (const schema::Argument& input : trace_.inputs) bind_number(input);
    }
    for (const schema::Argument& input : trace_.inputs) {
      bind_number(input);
      if (const auto* tensor = input.get<schema::TensorArgument>()) bind_tensor(tensor->name);
    }
  }

  void bind_number(const schema::Argument& input) {
    const auto* number = input.get<schema::SymIntArgument>();
    if (number == nullptr) return;
    const std::string& name = std::get<std::string>(number->value);
    const Expr expr = simplified(name);
    const bool derived = trace_.in_branch && !expr.children.empty();
    if ((expr.kind == ExprKind::symbol || derived) && !numbers_.has(expr)) numbers_.set(expr, name);
  }

  void bind_tensor(const std::string& name) {
    const auto layout = trace_.layouts.find(name);
    if (layout == trace_.layouts.end()) return;
    for (std::size_t i = 0; i < layout->second.sizes.size(); ++i) {
      const Expr& size = layout->second.sizes[i];
      if (size.kind == ExprKind::symbol && !numbers_.has(size)) {
        append_size(size, name, static_cast<std::int64_t>(i), trace_.grad_mode);
      }
    }
  }

  void append_size(const Expr& symbol, const std::string& tensor, std::int64_t dimension,
                   bool grad_mode) {
    schema::Node node;
    node.target = "torch.ops.aten.sym_size.int";
    node.inputs = {{"self", {schema::TensorArgument{tensor}}, ArgumentKind::positional},
                   {"dim", {dimension}, ArgumentKind::positional}};
    append_query(std::move(node), "sym_size_int", symbol, grad_mode);
  }

  /// The size is the symbol, or a multiple of it.
  void append_size(const SymbolBinding& binding, bool grad_mode) {
    const auto layout = trace_.layouts.find(binding.result);
    const auto dimension = static_cast<std::size_t>(*binding.dimension);
    const Expr size = layout == trace_.layouts.end()
                          ? binding.symbol
                          : trace_.symbols->env.simplify(layout->second.sizes[dimension]);
    const auto factor = factor_of(size, binding.symbol);
    if (!factor || *factor == 1) {
      append_size(binding.symbol, binding.result, *binding.dimension, grad_mode);
    } else {
      append_size(size, binding.result, *binding.dimension, grad_mode);
      append_quotient(size, *factor, binding.symbol, grad_mode);
    }
  }

  void append_quotient(const Expr& number, std::int64_t factor, const Expr& symbol,
                       bool grad_mode) {
    const schema::Argument dividend =
        numbers_.argument(number, SymbolType::integer, trace_.nodes, grad_mode);
    append_query(call_of_function("_operator.floordiv", {dividend, {factor}}), "floordiv", symbol,
                 grad_mode);
  }

  void append_storage_offset(const Expr& symbol, const std::string& tensor, bool grad_mode) {
    schema::Node node;
    node.target = "torch.ops.aten.sym_storage_offset.default";
    node.inputs = {{"self", {schema::TensorArgument{tensor}}, ArgumentKind::positional}};
    append_query(std::move(node), "sym_storage_offset_default", symbol, grad_mode);
  }

  /// A condition of data is `u0 == 1` of a number that no node gives by itself.
  void append_number_of_condition(const Expr& symbol, const std::string& condition,
                                  bool grad_mode) {
    const std::string name = trace_.names.create("sym_ite");
    schema::Node node = call_of_function(
        "torch.sym_ite",
        {{schema::SymBoolArgument{condition}}, {std::int64_t{1}}, {std::int64_t{0}}});
    node.name = name;
    node.outputs = {{schema::SymIntArgument{name}}};
    const Expr is_true = trace_.symbols->env.simplify(equal(symbol, integer(1)));
    trace_.numbers[name] = {if_then_else(is_true, integer(1), integer(0)), SymbolType::integer};
    numbers_.set(symbol, name);
    trace_.nodes.push_back({std::move(node), grad_mode});
  }

  void append_query(schema::Node node, const std::string& called, const Expr& symbol,
                    bool grad_mode) {
    const std::string name = trace_.names.create(called);
    node.name = name;
    node.outputs = {{schema::SymIntArgument{name}}};
    trace_.numbers[name] = {symbol, SymbolType::integer};
    numbers_.set(symbol, name);
    reified_.insert(name);
    trace_.nodes.push_back({std::move(node), grad_mode});
  }

  void visit(TracedNode traced) {
    schema::Node& node = traced.node;
    const std::size_t first = trace_.nodes.size();
    before_.insert(before_.end(), traced.before.begin(), traced.before.end());
    traced.before.clear();
    for (schema::NamedArgument& input : node.inputs) replaced_.apply(input.arg);
    if (auto check = metadata_assert(trace_, node)) {
      trace_.nodes.push_back({std::move(*check), traced.grad_mode});
    }
    const bool grad_mode = traced.grad_mode;
    const Metadata metadata = node.metadata;
    const bool is_first = !std::exchange(any_visited_, true);
    std::vector<SymbolBinding> bindings = std::move(traced.bindings);
    if (!is_first_pass_) rename_bound_items(node, bindings);
    if (!is_asserted(traced.node) && !replace_by_known(traced, bindings)) {
      trace_.nodes.push_back(std::move(traced));
    }
    for (const SymbolBinding& binding : bindings) bind(binding, grad_mode);
    if (is_first) assert_sizes_of_inputs(grad_mode);
    for (const SymbolBinding& binding : bindings) assert_bounds(binding, grad_mode);
    // What is inserted for a node belongs to its module.
    for (std::size_t i = first; i < trace_.nodes.size(); ++i) {
      schema::Node& inserted = trace_.nodes[i].node;
      if (inserted.metadata.empty()) {
        inserted.metadata = inserted_metadata(metadata, inserted.target);
      }
    }
    if (trace_.nodes.size() > first) trace_.nodes[first].before = std::exchange(before_, {});
  }

  /// True for an assertion of a program captured before that the graph has already.
  bool is_asserted(const schema::Node& node) {
    if (node.target != kAssertScalar) return false;
    const auto* number = node.inputs[0].arg.get<schema::SymBoolArgument>();
    const auto* name = number ? std::get_if<std::string>(&number->value) : nullptr;
    if (name == nullptr) return false;
    const Expr condition = simplified(*name);
    return !asserted_.insert(to_srepr(condition)).second && numbers_.has(condition);
  }

  /// True if the graph has the node's number already, or can make it of inputs' sizes.
  bool replace_by_known(const TracedNode& traced, const std::vector<SymbolBinding>& bindings) {
    const std::string* name = number_result(trace_, traced.node);
    if (name == nullptr) return false;
    const Expr expr = simplified(*name);
    const bool makes_symbol =
        std::any_of(bindings.begin(), bindings.end(),
                    [this](const SymbolBinding& binding) { return !numbers_.has(binding.symbol); });
    const bool can_be_made =
        is_size_query(traced.node) && NumberNodes::can_make(expr) && numbers_.has_symbols_of(expr);
    if (!makes_symbol && (numbers_.has(expr) || can_be_made)) {
      const SymbolType type = trace_.numbers.at(*name).type;
      replaced_.set(*name, numbers_.argument(expr, type, trace_.nodes, traced.grad_mode));
      return true;
    }
    if (!expr.children.empty() || expr.kind == ExprKind::symbol) {
      if (!numbers_.has(expr)) numbers_.set(expr, *name);
    }
    return false;
  }

  /// Items of what control flow gives, and of several results, are taken anew where a symbol
  /// is found in them.
  void rename_bound_items(schema::Node& node, std::vector<SymbolBinding>& bindings) {
    const bool higher_order = node.target.starts_with("torch.ops.higher_order.");
    for (SymbolBinding& binding : bindings) {
      if (!higher_order && node.outputs.size() == 1) continue;
      const std::string old_name = binding.result;
      if (const auto known = replaced_.name_of(old_name)) {
        binding.result = *known;
        continue;
      }
      binding.result = trace_.names.create("getitem");
      move_value(old_name, binding.result);
      replaced_.set(old_name, value_argument(trace_, binding.result));
      for (schema::Argument& output : node.outputs) replaced_.apply(output);
    }
  }

  void move_value(const std::string& from, const std::string& to) {
    if (auto number = trace_.numbers.extract(from)) {
      number.key() = to;
      trace_.numbers.insert(std::move(number));
      return;
    }
    trace_.values.insert(to, trace_.values[from]);
    if (auto layout = trace_.layouts.extract(from)) {
      layout.key() = to;
      trace_.layouts.insert(std::move(layout));
    }
  }

  void bind(const SymbolBinding& binding, bool grad_mode) {
    const Expr& symbol = binding.symbol;
    if (numbers_.has(symbol)) return;
    if (binding.dimension == SymbolBinding::kStorageOffset) {
      append_storage_offset(symbol, binding.result, grad_mode);
    } else if (binding.dimension) {
      append_size(binding, grad_mode);
    } else if (is_condition(binding)) {
      append_number_of_condition(symbol, binding.result, grad_mode);
    } else {
      bind_item(symbol, binding.result, grad_mode);
    }
  }

  /// The number is the symbol, or a multiple of it.
  void bind_item(const Expr& symbol, const std::string& name, bool grad_mode) {
    const Expr number = simplified(name);
    const std::int64_t factor = factor_of(number, symbol).value_or(1);
    if (factor == 1) {
      numbers_.set(symbol, name);
    } else {
      numbers_.set(number, name);
      append_quotient(number, factor, symbol, grad_mode);
    }
  }

  bool is_condition(const SymbolBinding& binding) const {
    return !binding.dimension && trace_.numbers.at(binding.result).type == SymbolType::boolean;
  }

  void assert_bounds(const SymbolBinding& binding, bool grad_mode) {
    const Expr& symbol = binding.symbol;
    if (!bounded_.insert(symbol.name).second) return;
    assert_range(symbol, grad_mode);
    assert_pending(grad_mode);
  }

  void assert_range(const Expr& symbol, bool grad_mode) {
    const auto [min, max] = trace_.symbols->env.range_of(symbol);
    if (min && *min > std::numeric_limits<std::int64_t>::min()) {
      assert_true(greater_equal(symbol, integer(*min)), grad_mode);
    }
    if (max && *max < std::numeric_limits<std::int64_t>::max() - 1) {
      assert_true(less_equal(symbol, integer(*max)), grad_mode);
    }
  }

  /// Python has them behind the first node. Those that became replacements hold for
  /// every input that the program takes. A symbol from which dimensions are derived may be the
  /// size of none: then the sizes go by their own symbols.
  void assert_sizes_of_inputs(bool grad_mode) {
    for (const Expr& given : of_inputs_) {
      const Expr known = trace_.symbols->env.simplify(given);
      const Expr& condition = numbers_.has_symbols_of(known) ? known : given;
      if (!NumberNodes::can_make(condition)) refuse(condition);
      assert_true(condition, grad_mode);
    }
  }

  /// Those whose last symbol has come up.
  void assert_pending(bool grad_mode) {
    std::vector<Expr> waiting;
    for (const Expr& condition : std::exchange(pending_, {})) {
      const std::vector<std::string> symbols = free_symbols(condition);
      if (is_bound(condition) && bounded_.count(symbols.front()) > 0) continue;
      if (!numbers_.has_symbols_of(condition)) {
        waiting.push_back(condition);
      } else {
        if (!NumberNodes::can_make(condition)) refuse(condition);
        assert_true(condition, grad_mode);
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

  void assert_true(const Expr& condition, bool grad_mode) {
    if (!asserted_.insert(to_srepr(condition)).second) return;
    const schema::Argument number =
        numbers_.argument(condition, SymbolType::boolean, trace_.nodes, grad_mode);
    const auto* value = number.get<schema::SymBoolArgument>();
    if (value == nullptr) return;
    schema::Node node;
    node.target = kAssertScalar;
    const std::string message = "Runtime assertion failed for expression " + to_string(condition) +
                                " on node '" + std::get<std::string>(value->value) + "'";
    node.inputs = {{"self", number, ArgumentKind::positional},
                   {"assert_msg", {message}, ArgumentKind::positional}};
    if (is_first_pass_) return;
    trace_.symbols->asserted.insert(to_srepr(condition));
    node.name = trace_.names.create("_assert_scalar_default");
    trace_.nodes.push_back({std::move(node), grad_mode});
  }

  /// Sizes that were made for assertions that did not come.
  void drop_unused_symbols() {
    std::unordered_set<std::string> used;
    const auto use = [&](std::string& name) { used.insert(name); };
    for (TracedNode& traced : trace_.nodes) {
      for (schema::NamedArgument& input : traced.node.inputs) visit_value_names(input.arg, use);
    }
    for (schema::Argument& output : trace_.outputs) visit_value_names(output, use);
    std::erase_if(trace_.nodes, [&](const TracedNode& traced) {
      const std::string& name = traced.node.name.value_or("");
      return reified_.count(name) > 0 && used.count(name) == 0 && traced.before.empty();
    });
  }

  Trace& trace_;
  NumberNodes numbers_;
  std::vector<Expr> of_inputs_;     ///< conditions on their sizes alone
  std::vector<Expr> pending_;       ///< those on data whose symbols are yet to come
  std::vector<ModeChange> before_;  ///< since the last node that stayed
  ReplacedValues replaced_;
  bool is_first_pass_ = false;
  bool any_visited_ = false;
  std::unordered_set<std::string> reified_;
  std::unordered_set<std::string> bounded_;
  std::unordered_set<std::string> asserted_;
};

}  // namespace

void insert_runtime_asserts(Trace& trace) {
  if (trace.in_branch) {
    Trace traced = trace;
    trace.names = AssertInserter(traced).names_after_tracing();
  }
  AssertInserter(trace).run();
}

}  // namespace roundtrip
