#include "export/capture/control_flow/loop.h"

#include <ATen/ATen.h>

#include "export/capture/control_flow/branch_checks.h"
#include "export/tracing/layouts.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using Purpose = SubgraphRecorder::Purpose;

}  // namespace

bool truth(const Value& value) {
  if (value.is_bool()) return value.to_bool();
  if (value.is_tensor()) return concrete_of(value.tensor()).item().toBool();
  const auto* node = as_sym_node(value.sym_bool().toSymNodeImpl());
  return std::get<bool>(node->symbols().env.value_in_this_run(node->expr()));
}

Values concrete_values(const Values& leaves) {
  Values concrete;
  for (const Value& leaf : leaves) {
    if (leaf.is_tensor()) {
      concrete.emplace_back(concrete_of(leaf.tensor()));
    } else if (leaf.is_sym_int()) {
      concrete.emplace_back(value_in_this_run(leaf.sym_int()));
    } else {
      concrete.push_back(leaf);
    }
  }
  return concrete;
}

at::Tensor in_layout_of(const Recorder& outer, const Value& like, const at::Tensor& concrete) {
  const SymbolicLayout* layout = symbolic_layout(like.tensor());
  return layout == nullptr ? concrete : with_layout(concrete, *layout, outer.symbols());
}

SubgraphCall Loop::call(Purpose purpose) const {
  return {outer, "torch.while_loop", purpose};
}

Subgraph Loop::record_condition(const Values& carried, Purpose purpose) const {
  Subgraph subgraph = record_subgraph(call(purpose), condition, carried, spec);
  subgraph.is_single_result = true;
  const Values& results = subgraph.results;
  const bool is_truth =
      results.size() == 1 && (results[0].is_sym_bool() || results[0].is_bool() ||
                              (results[0].is_tensor() && results[0].tensor().dim() == 0 &&
                               results[0].tensor().scalar_type() == at::kBool));
  if (is_truth) return subgraph;
  throw CaptureError(
      "torch.while_loop: Expected cond_fn to return a scalar tensor or a bool: the condition "
      "returns something else than one boolean tensor without dimensions");
}

Subgraph Loop::record_body(const Values& carried, Purpose purpose) const {
  Subgraph subgraph = record_subgraph(call(purpose), body, carried, spec);
  require_same_metadata("torch.while_loop", subgraph.results, carried, "body_fn_output",
                        "carried_inputs");
  return subgraph;
}

Values Loop::run(Values carried) const {
  for (std::int64_t iteration = 0; iteration < kMaxIterations; ++iteration) {
    const Subgraph decision = record_condition(carried, Purpose::dry_run);
    if (!truth(decision.results[0])) break;
    carried = concrete_values(record_body(carried, Purpose::dry_run).results);
  }
  return carried;
}

Values Loop::operands(const Values& leaves) const {
  Values operands;
  for (const Value& leaf : leaves) {
    if (leaf.is_tensor()) {
      operands.emplace_back(in_layout_of(outer, leaf, concrete_of(leaf.tensor()).clone()));
    } else {
      operands.emplace_back(new_symbol(value_in_this_run(leaf.sym_int())));
    }
  }
  return operands;
}

Values Loop::results(const Values& data, const Subgraph& recorded) const {
  Values results;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i].is_tensor()) {
      results.emplace_back(in_layout_of(outer, recorded.results[i], data[i].tensor()));
    } else {
      results.emplace_back(outer.numbers().new_number(data[i].to_int()));
    }
  }
  return results;
}

/// A symbol that no node of the outer graph gives.
c10::SymInt Loop::new_symbol(std::int64_t value) const {
  const Expr symbol = outer.symbols()->env.new_unbacked_int(value);
  outer.symbols()->all.push_back(symbol);
  return make_sym_int(outer.symbols(), symbol);
}

}  // namespace roundtrip
