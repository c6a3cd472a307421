#include "export/capture/lifted_order.h"

#include <algorithm>
#include <tuple>

#include "export/capture/traced_tensor.h"

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

std::size_t position_in_graph(const Recorder& outer, const std::string& value) {
  std::size_t position = 0;
  for (const auto& entry : outer.trace().values) {
    if (entry.key() == value) break;
    ++position;
  }
  return position;
}

/// Where the tensor is among the operands, or nothing.
std::optional<std::size_t> operand_index(Recorder& outer, const at::Tensor& tensor,
                                         const Values& operands) {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (outer.local(operands[i].tensor()).is_same(tensor)) return i;
  }
  return std::nullopt;
}

Rank rank_of(Recorder& outer, const LiftedInput& lifted, const Values& operands) {
  if (const auto index = operand_index(outer, lifted.tensor, operands)) {
    return {kOperand, "", *index};
  }
  const auto kind = lifted.origin.kind;
  if (kind == PlaceholderKind::parameter || kind == PlaceholderKind::buffer) {
    return {kState, state_path(lifted.origin), 0};
  }
  return {kCaptured, "", position_in_graph(outer, outer.value_of(lifted.tensor))};
}

bool contains(const Subgraph& subgraph, const at::Tensor& tensor) {
  return std::any_of(
      subgraph.lifted.begin(), subgraph.lifted.end(),
      [&](const LiftedInput& lifted) { return lifted.used && lifted.tensor.is_same(tensor); });
}

/// The used tensors of `subgraph` for which `wanted` is true, sorted.
template <typename Wanted>
void add_sorted(Recorder& outer, const Subgraph& subgraph, const Values& operands, Wanted wanted,
                std::vector<at::Tensor>& result) {
  std::vector<std::pair<Rank, at::Tensor>> ranked;
  for (const LiftedInput& lifted : subgraph.lifted) {
    if (!lifted.used || !wanted(lifted.tensor)) continue;
    ranked.emplace_back(rank_of(outer, lifted, operands), lifted.tensor);
  }
  std::sort(ranked.begin(), ranked.end(),
            [](const auto& left, const auto& right) { return left.first < right.first; });
  for (auto& entry : ranked) result.push_back(std::move(entry.second));
}

}  // namespace

std::vector<at::Tensor> merge_lifted(Recorder& outer, const Subgraph& first, const Subgraph& second,
                                     const Values& operands) {
  std::vector<at::Tensor> result;
  const auto in_second = [&](const at::Tensor& tensor) { return contains(second, tensor); };
  const auto not_in_second = [&](const at::Tensor& tensor) { return !contains(second, tensor); };
  const auto not_in_first = [&](const at::Tensor& tensor) { return !contains(first, tensor); };
  add_sorted(outer, first, operands, in_second, result);
  add_sorted(outer, first, operands, not_in_second, result);
  add_sorted(outer, second, operands, not_in_first, result);
  return result;
}

std::vector<at::Tensor> lifted_tensors(const Subgraph& subgraph) {
  std::vector<at::Tensor> result;
  for (const LiftedInput& lifted : subgraph.lifted) result.push_back(lifted.tensor);
  return result;
}

void require_separate_memory(const std::string& op, const std::vector<at::Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!twin_of(tensors[i]).is_alias_of(twin_of(tensors[j]))) continue;
      throw CaptureError(op +
                         ": two different tensors that the functions use share memory. Higher "
                         "order ops do not support aliasing: clone() one of them before");
    }
  }
}

}  // namespace roundtrip
