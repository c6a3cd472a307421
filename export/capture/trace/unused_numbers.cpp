#include "export/capture/trace/unused_numbers.h"

#include <unordered_set>

#include "export/capture/trace/arguments.h"

namespace roundtrip {
namespace {

/// Arithmetic on numbers and sizes of tensors: without effect but its result.
bool is_pure_number(const Trace& trace, const schema::Node& node) {
  if (number_result(trace, node) == nullptr) return false;
  return is_size_query(node) || !node.target.starts_with("torch.ops.");
}

}  // namespace

const std::string* number_result(const Trace& trace, const schema::Node& node) {
  if (node.outputs.size() != 1 || !node.name || trace.numbers.count(*node.name) == 0) {
    return nullptr;
  }
  return &*node.name;
}

bool is_size_query(const schema::Node& node) {
  return node.target.starts_with("torch.ops.aten.sym_size.") ||
         node.target.starts_with("torch.ops.aten.sym_stride.") ||
         node.target.starts_with("torch.ops.aten.sym_storage_offset.") ||
         node.target.starts_with("torch.ops.aten.sym_numel.");
}

void drop_unused_numbers(Trace& trace) {
  if (trace.numbers.empty()) return;
  std::unordered_set<std::string> used;
  const auto use = [&](std::string& name) { used.insert(name); };
  for (schema::Argument& output : trace.outputs) visit_value_names(output, use);
  std::vector<TracedNode> kept;
  for (auto traced = trace.nodes.rbegin(); traced != trace.nodes.rend(); ++traced) {
    if (is_pure_number(trace, traced->node) && used.count(*traced->node.name) == 0) {
      if (!kept.empty()) {
        auto& changes = kept.back().before;
        changes.insert(changes.begin(), traced->before.begin(), traced->before.end());
      }
      continue;
    }
    for (schema::NamedArgument& input : traced->node.inputs) visit_value_names(input.arg, use);
    kept.push_back(std::move(*traced));
  }
  trace.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

}  // namespace roundtrip
