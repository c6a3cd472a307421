#include "export/capture/control_flow/record_control_flow.h"

#include <ATen/ATen.h>
#include <roundtrip/pytree.h>

#include <algorithm>

#include "export/capture/control_flow/branch_checks.h"
#include "export/capture/control_flow/branch_results.h"
#include "export/capture/control_flow/lifted_order.h"
#include "export/capture/control_flow/loop.h"
#include "export/capture/control_flow/record_subgraph.h"
#include "export/capture/trace/arguments.h"
#include "export/dispatch/capture_handler.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/layouts.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using Purpose = SubgraphRecorder::Purpose;

/// The predicate as `outer` has it.
Value local(Recorder& outer, const Value& value) {
  return value.is_tensor() ? Value(outer.local(value.tensor())) : value;
}

void add_input(std::vector<NamedArgument>& inputs, Argument argument) {
  inputs.push_back({"", std::move(argument), ArgumentKind::positional});
}

/// Operands of control flow: a list that Python's files call one of tensors, even if
/// some are numbers.
Argument operand_list(const std::vector<GraphValue*>& values) {
  std::vector<TensorArgument> operands;
  for (GraphValue* value : values) operands.push_back({value});
  return operands;
}

std::vector<GraphValue*> values_of(Recorder& outer, const Values& leaves) {
  std::vector<GraphValue*> values;
  for (const Value& leaf : leaves) {
    if (leaf.is_tensor()) {
      values.push_back(&outer.value_of(leaf.tensor()));
    } else if (auto* value = outer.numbers().argument(leaf.sym_int().toSymNode()).as_value()) {
      values.push_back(value);
    }
  }
  return values;
}

void add_lifted(std::vector<GraphValue*>& values, const std::vector<LiftedInput>& lifted) {
  for (const LiftedInput& input : lifted) values.push_back(input.outer);
}

/// Lists of numbers alone are lists of numbers.
Argument lifted_list(const std::vector<LiftedInput>& lifted) {
  std::vector<GraphValue*> values;
  add_lifted(values, lifted);
  std::vector<SymIntArgument> numbers;
  for (const LiftedInput& input : lifted) {
    if (input.entry.number) numbers.push_back({input.outer});
  }
  if (!values.empty() && numbers.size() == values.size()) return numbers;
  return operand_list(values);
}

std::vector<at::Tensor> tensors_of(const Values& leaves) {
  std::vector<at::Tensor> tensors;
  for (const Value& leaf : leaves) {
    if (leaf.is_tensor()) tensors.push_back(leaf.tensor());
  }
  return tensors;
}

/// Slice `index` along dimension 0 of each tensor.
Values slices_of(const Values& tensors, std::int64_t index) {
  Values slices;
  for (const Value& tensor : tensors) slices.emplace_back(tensor.tensor().select(0, index));
  return slices;
}

/// The first slice of each tensor, with its layout.
Values first_slices_of(const Recorder& outer, const Values& tensors) {
  Values slices;
  for (const Value& tensor : tensors) {
    const at::Tensor concrete = concrete_of(tensor.tensor()).select(0, 0);
    const SymbolicLayout* whole = symbolic_layout(tensor.tensor());
    if (whole == nullptr) {
      slices.emplace_back(concrete);
      continue;
    }
    SymbolicLayout layout = *whole;
    layout.sizes.erase(layout.sizes.begin());
    layout.strides.erase(layout.strides.begin());
    slices.emplace_back(with_layout(concrete, layout, outer.symbols()));
  }
  return slices;
}

/// Stacks what `iterations` gave along a new dimension of `count` slices; the last that ran
/// stands for the rest. Layouts are those of `first`, the recorded iteration.
Values stack_results(Recorder& outer, const std::string& op, const Values& first,
                     const std::vector<Values>& iterations, std::size_t start,
                     const c10::SymInt& count) {
  Values stacked;
  for (std::size_t i = start; i < first.size(); ++i) {
    if (first[i].is_none()) {
      stacked.emplace_back();
      continue;
    }
    std::vector<at::Tensor> tensors;
    for (const Values& iteration : iterations) tensors.push_back(iteration[i].tensor());
    tensors.resize(static_cast<std::size_t>(value_in_this_run(count)), tensors.back());
    SymbolicLayout layout;
    layout.sizes = sizes_of(first[i].tensor());
    for (const c10::SymInt& size : layout.sizes) {
      if (!outer.symbols()->env.has_unbacked(expr_of(size))) continue;
      throw UnsupportedError(op + ": the body returns a tensor of the size " + c10::str(size) +
                             ", which data decides and which need not be the same for all "
                             "slices: pad it");
    }
    layout.sizes.insert(layout.sizes.begin(), count);
    const at::Tensor concrete = at::stack(tensors);
    layout.strides = strides_in_order_of(concrete, layout.sizes);
    stacked.emplace_back(with_layout(concrete, layout, outer.symbols()));
  }
  return stacked;
}

Values joined(Values left, const Values& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Values leaves_of(const Values& trees, TreeSpec* spec = nullptr) {
  return tree_flatten(Value::tuple(trees), spec);
}

/// A subgraph that is called by a node of `outer`.
Argument call_subgraph(Recorder& outer, const std::string& prefix, Subgraph subgraph,
                       const std::vector<LiftedInput>& lifted) {
  return outer.subgraph_argument(prefix, {std::move(subgraph), lifted});
}

Argument condition_argument(Recorder& outer, const Value& predicate) {
  if (predicate.is_bool()) return predicate.to_bool();
  if (predicate.is_tensor()) return outer.value_of(predicate.tensor());
  return outer.numbers().argument(predicate.sym_bool().toSymNodeImpl());
}

void require_tensors(const std::string& op, const Values& results) {
  for (const Value& result : results) {
    if (result.is_tensor() || result.is_none()) continue;
    throw UnsupportedError(op + ": the body returns a " + result.type_name() +
                           "; a captured one returns tensors only");
  }
}

/// Sizes that data decides within the body are symbols that nothing outside of it gives.
void refuse_own_symbols(const std::string& op, const Subgraph& body) {
  std::vector<std::string> own;
  for (const auto& [node, record] : body.trace.records) {
    for (const SymbolBinding& binding : record.bindings) own.push_back(binding.symbol.name);
  }
  for (const Value& result : body.results) {
    if (!result.is_tensor()) continue;
    for (const c10::SymInt& size : sizes_of(result.tensor())) {
      for (const std::string& symbol : free_symbols(expr_of(size))) {
        if (std::find(own.begin(), own.end(), symbol) == own.end()) continue;
        throw UnsupportedError(op + ": the body returns a tensor of the size " + c10::str(size) +
                               ", which data decides within it: pad it");
      }
    }
  }
}

// ---- map and scan ---------------------------------------------------------

/// Runs `body` for every slice but the first, whose results are in `iterations`, and adds
/// what it gives.
template <typename NextArguments>
void run_iterations(const SubgraphCall& call, const GraphFunction& body, const TreeSpec& spec,
                    std::int64_t count, NextArguments next, std::vector<Values>& iterations) {
  const SubgraphCall dry_run{call.outer, call.op, Purpose::dry_run};
  for (std::int64_t i = 1; i < std::min(count, kMaxIterations); ++i) {
    iterations.push_back(concrete_values(record_subgraph(dry_run, body, next(i), spec).results));
  }
}

}  // namespace

Value record_cond(Recorder& outer, const Value& predicate, const GraphFunction& if_true,
                  const GraphFunction& if_false, const Values& operands) {
  const WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*outer.symbols());
  const Argument condition = condition_argument(outer, predicate);
  const SubgraphCall call{outer, "torch.cond"};
  Subgraph taken = record_branch(call, if_true, operands);
  Subgraph other = record_branch(call, if_false, operands);
  require_same_branches(taken, other);
  const std::vector<LiftedInput> lifted = merge_lifted(outer, taken, other, leaves_of(operands));
  require_separate_memory(call.op, tensors_of(lifted));
  const Values results = merge_branches(outer, taken, other, truth(local(outer, predicate)));
  const TreeSpec spec = taken.spec;
  std::vector<NamedArgument> inputs;
  add_input(inputs, condition);
  add_input(inputs, call_subgraph(outer, "true_graph", std::move(taken), lifted));
  add_input(inputs, call_subgraph(outer, "false_graph", std::move(other), lifted));
  add_input(inputs, lifted_list(lifted));
  return tree_unflatten(outer.call_higher_order("cond", std::move(inputs), results), spec);
}

Value record_while_loop(Recorder& outer, const GraphFunction& condition, const GraphFunction& body,
                        const Values& carried) {
  const WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*outer.symbols());
  Loop loop{outer, condition, body, {}};
  const Values leaves = leaves_of(carried, &loop.spec);
  const Values operands = loop.operands(leaves);
  Subgraph first = loop.record_condition(operands, Purpose::graph);
  Subgraph second = loop.record_body(operands, Purpose::graph);
  const Values results = loop.results(loop.run(concrete_values(operands)), second);
  const std::vector<LiftedInput> lifted = merge_lifted(outer, first, second);
  std::vector<NamedArgument> inputs;
  add_input(inputs, call_subgraph(outer, "while_loop_cond_graph", std::move(first), lifted));
  add_input(inputs, call_subgraph(outer, "while_loop_body_graph", std::move(second), lifted));
  add_input(inputs, operand_list(values_of(outer, leaves)));
  add_input(inputs, lifted_list(lifted));
  return tree_unflatten(outer.call_higher_order("while_loop", std::move(inputs), results),
                        loop.spec);
}

Value record_map(Recorder& outer, const GraphFunction& body, const Value& xs, const Values& args) {
  const WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*outer.symbols());
  const SubgraphCall call{outer, "torch._higher_order_ops.map"};
  const Values mapped = tree_flatten(xs);
  const Values more = leaves_of(args);
  TreeSpec spec;
  leaves_of(joined({xs}, args), &spec);
  Subgraph first = record_subgraph(call, body, joined(first_slices_of(outer, mapped), more), spec);
  require_tensors(call.op, first.results);
  const Values data = concrete_values(mapped);
  const Values constant = concrete_values(more);
  std::vector<Values> iterations{concrete_values(first.results)};
  const c10::SymInt count = mapped[0].tensor().sym_size(0);
  run_iterations(
      call, body, spec, value_in_this_run(count),
      [&](std::int64_t i) { return joined(slices_of(data, i), constant); }, iterations);
  const Values results = stack_results(outer, call.op, first.results, iterations, 0, count);
  const TreeSpec result_spec = first.spec;
  std::vector<GraphValue*> additional = values_of(outer, more);
  add_lifted(additional, first.lifted);
  std::vector<at::Tensor> all = tensors_of(joined(mapped, more));
  for (const at::Tensor& tensor : tensors_of(first.lifted)) all.push_back(tensor);
  require_separate_memory(call.op, all);
  const std::vector<LiftedInput> lifted = first.lifted;
  std::vector<NamedArgument> inputs;
  add_input(inputs, call_subgraph(outer, "body_graph", std::move(first), lifted));
  add_input(inputs, operand_list(values_of(outer, mapped)));
  add_input(inputs, more.empty() ? lifted_list(lifted) : operand_list(additional));
  return tree_unflatten(outer.call_higher_order("map_impl", std::move(inputs), results),
                        result_spec);
}

Value record_hints_wrapper(Recorder& outer, const GraphFunction& body, const Values& args,
                           const Hints& hints) {
  const WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*outer.symbols());
  const SubgraphCall call{outer, "hints_wrapper"};
  TreeSpec spec;
  const Values leaves = leaves_of(args, &spec);
  Subgraph first = record_subgraph(call, body, leaves, spec);
  require_tensors(call.op, first.results);
  refuse_own_symbols(call.op, first);
  std::vector<at::Tensor> all = tensors_of(leaves);
  std::vector<GraphValue*> operands = values_of(outer, leaves);
  add_lifted(operands, first.lifted);
  for (const at::Tensor& tensor : tensors_of(first.lifted)) all.push_back(tensor);
  require_separate_memory(call.op, all);
  ArgumentDict given;
  for (const auto& [name, value] : hints) {
    given.entries.push_back({name, constant_argument(value, "a hint")});
  }
  const Values results = first.results;
  const TreeSpec result_spec = first.spec;
  const std::vector<LiftedInput> lifted = first.lifted;
  std::vector<NamedArgument> inputs;
  add_input(inputs, call_subgraph(outer, "hints_wrapper_body_graph", std::move(first), lifted));
  add_input(inputs, operand_list(operands));
  add_input(inputs, {ArgumentDict{}});
  inputs.push_back({"hints", {std::move(given)}, ArgumentKind::keyword});
  return tree_unflatten(outer.call_higher_order("hints_wrapper", std::move(inputs), results),
                        result_spec);
}

Value record_scan(Recorder& outer, const GraphFunction& combine, const Value& init,
                  const Value& xs) {
  const WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*outer.symbols());
  const SubgraphCall call{outer, "torch._higher_order_ops.scan"};
  TreeSpec spec;
  leaves_of({init, xs}, &spec);
  const Values initial = tree_flatten(init);
  const Values scanned = tree_flatten(xs);
  const auto carries = static_cast<std::ptrdiff_t>(initial.size());
  Subgraph first =
      record_subgraph(call, combine, joined(initial, first_slices_of(outer, scanned)), spec);
  if (first.spec.children.size() != 2) {
    throw CaptureError(call.op + ": Expect combine_fn to return a tuple (next_carry, y)");
  }
  require_tensors(call.op, first.results);
  const auto next =
      std::min<std::size_t>(first.spec.children[0].num_leaves(), first.results.size());
  const Values next_carry(first.results.begin(),
                          first.results.begin() + static_cast<std::ptrdiff_t>(next));
  require_same_metadata(call.op, initial, next_carry, "init", "carry");
  const Values data = concrete_values(scanned);
  std::vector<Values> iterations{concrete_values(first.results)};
  const auto carry = [&] {
    return Values(iterations.back().begin(), iterations.back().begin() + carries);
  };
  const c10::SymInt count = scanned[0].tensor().sym_size(0);
  run_iterations(
      call, combine, spec, value_in_this_run(count),
      [&](std::int64_t i) { return joined(carry(), slices_of(data, i)); }, iterations);
  Values results;
  const Values last = carry();
  for (std::size_t i = 0; i < last.size(); ++i) {
    results.emplace_back(in_layout_of(outer, next_carry[i], last[i].tensor()));
  }
  results = joined(std::move(results),
                   stack_results(outer, call.op, first.results, iterations, initial.size(), count));
  const TreeSpec result_spec = first.spec;
  const std::vector<LiftedInput> lifted = first.lifted;
  std::vector<NamedArgument> inputs;
  add_input(inputs, call_subgraph(outer, "scan_combine_graph", std::move(first), lifted));
  add_input(inputs, operand_list(values_of(outer, initial)));
  add_input(inputs, operand_list(values_of(outer, scanned)));
  add_input(inputs, lifted_list(lifted));
  return tree_unflatten(outer.call_higher_order("scan", std::move(inputs), results), result_spec);
}

}  // namespace roundtrip
