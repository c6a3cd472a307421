#include "export/capture/trace/unused_numbers.h"

namespace roundtrip {

GraphValue* number_result(const Trace& trace, const Node& node) {
  if (!node.shares_name_with_result()) return nullptr;
  GraphValue& result = node.result();
  return trace.number(result) == nullptr ? nullptr : &result;
}

bool is_size_query(const Node& node) {
  return node.target().starts_with("torch.ops.aten.sym_size.") ||
         node.target().starts_with("torch.ops.aten.sym_stride.") ||
         node.target().starts_with("torch.ops.aten.sym_storage_offset.") ||
         node.target().starts_with("torch.ops.aten.sym_numel.");
}

void drop_unused_numbers(Trace& trace) {
  if (trace.numbers.empty()) return;
  erase_dead(trace, [&](const Node& node) {
    return number_result(trace, node) != nullptr &&
           (is_size_query(node) || !node.target().starts_with("torch.ops."));
  });
}

}  // namespace roundtrip
