#include "export/capture/control_flow/lifted_order.h"

#include <algorithm>
#include <tuple>

#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

/// `modules_fc_parameters_weight_` for `fc.weight`: how a name of it ends in Python.
std::string state_path(const Placeholder& origin) {
  const std::string kind = origin.kind == PlaceholderKind::parameter ? "parameters_" : "buffers_";
  std::string path;
  std::string rest = origin.target;
  for (auto dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
    path += "modules_" + rest.substr(0, dot) + "_";
    rest = rest.substr(dot + 1);
  }
  return path + kind + rest + "_";
}

enum Group { kState, kCaptured, kOperand };
using Rank = std::tuple<Group, std::string, std::size_t>;

/// Inputs come first, then what nodes give.
std::size_t position_in_graph(const Recorder& outer, const GraphValue& value) {
  const Trace& trace = outer.graph().trace();
  std::size_t position = 0;
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.value == &value) return position;
    ++position;
  }
  for (const Node& node : trace.graph.nodes()) {
    for (const GraphValue* result : node.results()) {
      if (result == &value) return position;
      ++position;
    }
  }
  return position;
}

/// Where the value is among the operands, or nothing.
std::optional<std::size_t> operand_index(Recorder& outer, const LiftedInput& lifted,
                                         const Values& operands) {
  if (!lifted.tensor.defined()) return std::nullopt;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (outer.local(operands[i].tensor()).is_same(lifted.tensor)) return i;
  }
  return std::nullopt;
}

Rank rank_of(Recorder& outer, const LiftedInput& lifted, const Values& operands) {
  if (const auto index = operand_index(outer, lifted, operands)) {
    return {kOperand, "", *index};
  }
  const auto kind = lifted.origin.kind;
  if (kind == PlaceholderKind::parameter || kind == PlaceholderKind::buffer) {
    return {kState, state_path(lifted.origin), 0};
  }
  return {kCaptured, "", position_in_graph(outer, *lifted.outer)};
}

bool uses(const Subgraph& subgraph, const LiftedInput& wanted) {
  return std::any_of(
      subgraph.lifted.begin(), subgraph.lifted.end(),
      [&](const LiftedInput& lifted) { return lifted.used && lifted.outer == wanted.outer; });
}

/// The used values of `subgraph` for which `wanted` is true, sorted.
template <typename Wanted>
void add_sorted(Recorder& outer, const Subgraph& subgraph, const Values& operands, Wanted wanted,
                std::vector<LiftedInput>& result) {
  std::vector<std::pair<Rank, const LiftedInput*>> ranked;
  for (const LiftedInput& lifted : subgraph.lifted) {
    if (!lifted.used || !wanted(lifted)) continue;
    ranked.emplace_back(rank_of(outer, lifted, operands), &lifted);
  }
  std::sort(ranked.begin(), ranked.end(),
            [](const auto& left, const auto& right) { return left.first < right.first; });
  for (const auto& entry : ranked) result.push_back(*entry.second);
}

}  // namespace

std::vector<LiftedInput> merge_lifted(Recorder& outer, const Subgraph& first,
                                      const Subgraph& second, const Values& operands) {
  std::vector<LiftedInput> result;
  const auto in_second = [&](const LiftedInput& lifted) { return uses(second, lifted); };
  const auto not_in_second = [&](const LiftedInput& lifted) { return !uses(second, lifted); };
  const auto not_in_first = [&](const LiftedInput& lifted) { return !uses(first, lifted); };
  add_sorted(outer, first, operands, in_second, result);
  add_sorted(outer, first, operands, not_in_second, result);
  add_sorted(outer, second, operands, not_in_first, result);
  return result;
}

std::vector<at::Tensor> tensors_of(const std::vector<LiftedInput>& lifted) {
  std::vector<at::Tensor> tensors;
  for (const LiftedInput& input : lifted) {
    if (input.tensor.defined()) tensors.push_back(input.tensor);
  }
  return tensors;
}

/// `is_alias_of` looks at the memory, which may be locked, or not there yet.
bool share_storage(const at::Tensor& left, const at::Tensor& right) {
  return left.has_storage() && right.has_storage() &&
         left.storage().unsafeGetStorageImpl() == right.storage().unsafeGetStorageImpl();
}

void require_separate_memory(const std::string& op, const std::vector<at::Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!share_storage(concrete_of(tensors[i]), concrete_of(tensors[j]))) continue;
      throw CaptureError(op +
                         ": two different tensors that the functions use share memory. Higher "
                         "order ops do not support aliasing: clone() one of them before");
    }
  }
}

}  // namespace roundtrip
