#include "export/capture/record_control_flow.h"

#include <ATen/ATen.h>
#include <roundtrip/pytree.h>

#include <algorithm>

#include "export/capture/branch_checks.h"
#include "export/capture/dispatch.h"
#include "export/capture/lifted_order.h"
#include "export/capture/subgraph.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {
namespace {

using Purpose = SubgraphRecorder::Purpose;

/// So many turns of a loop run while it is captured; later ones could not change the
/// graph, and a loop need not end on other data than the model is made for.
constexpr std::int64_t kMaxTurns = 100;

bool truth(const at::Tensor& twin) {
  return twin.item().toBool();
}

void add_input(std::vector<NamedArgument>& inputs, Argument argument) {
  inputs.push_back({"", std::move(argument), ArgumentKind::positional});
}

Argument tensor_list(Recorder& outer, const std::vector<at::Tensor>& tensors) {
  std::vector<TensorArgument> names;
  for (const at::Tensor& tensor : tensors) names.push_back({outer.value_of(tensor)});
  return {std::move(names)};
}

std::vector<at::Tensor> tensors_of(const Values& leaves) {
  std::vector<at::Tensor> tensors;
  for (const Value& leaf : leaves) tensors.push_back(leaf.tensor());
  return tensors;
}

Values twins_of(const Values& leaves) {
  Values twins;
  for (const Value& leaf : leaves) {
    if (symbolic_layout(leaf.tensor()) != nullptr) {
      throw UnsupportedError(
          "control flow on tensors of dynamic sizes is not supported yet: make their dimensions "
          "static");
    }
    twins.emplace_back(twin_of(leaf.tensor()));
  }
  return twins;
}

Values clones_of(const Values& tensors) {
  Values clones;
  for (const Value& tensor : tensors) clones.emplace_back(tensor.tensor().clone());
  return clones;
}

/// Slice `index` along dimension 0 of each tensor.
Values slices_of(const Values& tensors, std::int64_t index) {
  Values slices;
  for (const Value& tensor : tensors) slices.emplace_back(tensor.tensor().select(0, index));
  return slices;
}

/// What `count` turns gave, stacked; after the last that ran, it stands for the rest.
Values stack_turns(const std::vector<Values>& turns, std::size_t first, std::int64_t count) {
  Values stacked;
  for (std::size_t i = first; i < turns.front().size(); ++i) {
    if (turns.front()[i].is_none()) {
      stacked.emplace_back();
      continue;
    }
    std::vector<at::Tensor> tensors;
    for (const Values& turn : turns) tensors.push_back(turn[i].tensor());
    tensors.resize(static_cast<std::size_t>(count), tensors.back());
    stacked.emplace_back(at::stack(tensors));
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

// ---- while_loop -----------------------------------------------------------

/// The two functions of a loop, and what they take.
struct Loop {
  Recorder& outer;
  const GraphFunction& condition;
  const GraphFunction& body;
  TreeSpec spec;

  SubgraphCall call(Purpose purpose) const { return {outer, "torch.while_loop", purpose}; }

  Subgraph record_condition(const Values& carried, Purpose purpose) const {
    Subgraph subgraph = record_subgraph(call(purpose), condition, carried, spec);
    const Values& results = subgraph.results;
    if (results.size() == 1 && results[0].is_tensor() && results[0].tensor().dim() == 0 &&
        results[0].tensor().scalar_type() == at::kBool) {
      return subgraph;
    }
    throw CaptureError(
        "torch.while_loop: Expected cond_fn to return a scalar tensor or a bool: the condition "
        "returns something else than one boolean tensor without dimensions");
  }

  Subgraph record_body(const Values& carried, Purpose purpose) const {
    Subgraph subgraph = record_subgraph(call(purpose), body, carried, spec);
    require_same_metadata("torch.while_loop", subgraph.results, carried, "body_fn_output",
                          "carried_inputs");
    return subgraph;
  }

  /// What is carried after the loop, given what is after its first turn.
  Values run(Values carried) const {
    for (std::int64_t turn = 1; turn < kMaxTurns; ++turn) {
      if (!truth(record_condition(carried, Purpose::rehearsal).results[0].tensor())) break;
      carried = record_body(carried, Purpose::rehearsal).results;
    }
    return carried;
  }
};

GraphArgument graph_argument(std::string name, Subgraph subgraph,
                             const std::vector<at::Tensor>& lifted) {
  return {std::move(name), Box(finish_subgraph(std::move(subgraph), lifted))};
}

// ---- map and scan ---------------------------------------------------------

/// Runs `body` for every slice and adds its results to `turns`, which has the first.
template <typename NextArguments>
void run_turns(const SubgraphCall& call, const GraphFunction& body, const TreeSpec& spec,
               std::int64_t count, NextArguments next, std::vector<Values>& turns) {
  const SubgraphCall rehearsal{call.outer, call.op, Purpose::rehearsal};
  for (std::int64_t i = 1; i < std::min(count, kMaxTurns); ++i) {
    turns.push_back(record_subgraph(rehearsal, body, next(i), spec).results);
  }
}

}  // namespace

Value record_cond(Recorder& outer, const at::Tensor& predicate, const GraphFunction& if_true,
                  const GraphFunction& if_false, const Values& operands) {
  const WithoutCapture without_capture;
  const std::string condition = outer.value_of(predicate);
  const SubgraphCall call{outer, "torch.cond"};
  Subgraph taken = record_branch(call, if_true, operands);
  Subgraph other = record_branch(call, if_false, operands);
  require_same_branches(taken, other);
  const std::vector<at::Tensor> lifted = merge_lifted(outer, taken, other, leaves_of(operands));
  require_separate_memory(call.op, lifted);
  const Values results = truth(twin_of(outer.local(predicate))) ? taken.results : other.results;
  const TreeSpec spec = taken.spec;
  std::vector<NamedArgument> inputs;
  add_input(inputs, {TensorArgument{condition}});
  add_input(inputs, {graph_argument(outer.subgraph_name("true_graph"), std::move(taken), lifted)});
  add_input(inputs, {graph_argument(outer.subgraph_name("false_graph"), std::move(other), lifted)});
  add_input(inputs, tensor_list(outer, lifted));
  return tree_unflatten(outer.call_higher_order("cond", std::move(inputs), results), spec);
}

Value record_while_loop(Recorder& outer, const GraphFunction& condition, const GraphFunction& body,
                        const Values& carried) {
  const WithoutCapture without_capture;
  Loop loop{outer, condition, body, {}};
  const Values leaves = leaves_of(carried, &loop.spec);
  const Values data = clones_of(twins_of(leaves));
  Subgraph first = loop.record_condition(data, Purpose::graph);
  Subgraph second = loop.record_body(data, Purpose::graph);
  const bool turns = truth(first.results[0].tensor());
  const Values results = turns ? loop.run(second.results) : clones_of(data);
  const std::vector<at::Tensor> lifted = merge_lifted(outer, first, second);
  std::vector<NamedArgument> inputs;
  add_input(inputs, {graph_argument(outer.subgraph_name("while_loop_cond_graph"), std::move(first),
                                    lifted)});
  inputs[0].arg.get<GraphArgument>()->graph->is_single_tensor_return = true;
  add_input(inputs, {graph_argument(outer.subgraph_name("while_loop_body_graph"), std::move(second),
                                    lifted)});
  add_input(inputs, tensor_list(outer, tensors_of(leaves)));
  add_input(inputs, tensor_list(outer, lifted));
  return tree_unflatten(outer.call_higher_order("while_loop", std::move(inputs), results),
                        loop.spec);
}

Value record_map(Recorder& outer, const GraphFunction& body, const Value& xs, const Values& args) {
  const WithoutCapture without_capture;
  const SubgraphCall call{outer, "torch._higher_order_ops.map"};
  const Values mapped = tree_flatten(xs);
  const Values more = leaves_of(args);
  TreeSpec spec;
  leaves_of(joined({xs}, args), &spec);
  const Values data = twins_of(mapped);
  const Values constant = twins_of(more);
  const auto arguments = [&](std::int64_t i) { return joined(slices_of(data, i), constant); };
  Subgraph first = record_subgraph(call, body, arguments(0), spec);
  const std::vector<at::Tensor> lifted = lifted_tensors(first);
  std::vector<Values> turns{first.results};
  const std::int64_t count = data[0].tensor().size(0);
  run_turns(call, body, spec, count, arguments, turns);
  const TreeSpec result_spec = first.spec;
  std::vector<at::Tensor> additional = tensors_of(more);
  additional.insert(additional.end(), lifted.begin(), lifted.end());
  std::vector<at::Tensor> all = tensors_of(mapped);
  all.insert(all.end(), additional.begin(), additional.end());
  require_separate_memory(call.op, all);
  std::vector<NamedArgument> inputs;
  add_input(inputs, {graph_argument(outer.subgraph_name("body_graph"), std::move(first), lifted)});
  add_input(inputs, tensor_list(outer, tensors_of(mapped)));
  add_input(inputs, tensor_list(outer, additional));
  return tree_unflatten(
      outer.call_higher_order("map_impl", std::move(inputs), stack_turns(turns, 0, count)),
      result_spec);
}

Value record_scan(Recorder& outer, const GraphFunction& combine, const Value& init,
                  const Value& xs) {
  const WithoutCapture without_capture;
  const SubgraphCall call{outer, "torch._higher_order_ops.scan"};
  TreeSpec spec;
  leaves_of({init, xs}, &spec);
  const Values initial = tree_flatten(init);
  const Values scanned = tree_flatten(xs);
  const Values data = twins_of(scanned);
  const std::size_t carries = initial.size();
  Subgraph first =
      record_subgraph(call, combine, joined(twins_of(initial), slices_of(data, 0)), spec);
  if (first.spec.children.size() != 2) {
    throw CaptureError(call.op + ": Expect combine_fn to return a tuple (next_carry, y)");
  }
  const std::vector<at::Tensor> lifted = lifted_tensors(first);
  std::vector<Values> turns{first.results};
  const auto carry = [&] {
    return Values(turns.back().begin(),
                  turns.back().begin() + static_cast<std::ptrdiff_t>(carries));
  };
  const Values next_carry(
      first.results.begin(),
      first.results.begin() + static_cast<std::ptrdiff_t>(std::min(
                                  first.spec.children[0].num_leaves(), first.results.size())));
  require_same_metadata(call.op, twins_of(initial), next_carry, "init", "carry");
  const std::int64_t count = data[0].tensor().size(0);
  run_turns(
      call, combine, spec, count,
      [&](std::int64_t i) { return joined(carry(), slices_of(data, i)); }, turns);
  const Values results = joined(carry(), stack_turns(turns, carries, count));
  const TreeSpec result_spec = first.spec;
  std::vector<NamedArgument> inputs;
  add_input(inputs,
            {graph_argument(outer.subgraph_name("scan_combine_graph"), std::move(first), lifted)});
  add_input(inputs, tensor_list(outer, tensors_of(initial)));
  add_input(inputs, tensor_list(outer, tensors_of(scanned)));
  add_input(inputs, tensor_list(outer, lifted));
  return tree_unflatten(outer.call_higher_order("scan", std::move(inputs), results), result_spec);
}

}  // namespace roundtrip
