#include "export/capture/recording/packed_batch.h"

#include "export/tracing/sym_node.h"

namespace roundtrip {
namespace {

const Node* producer_of(const GraphValue& value, const char* target) {
  const Node* node = value.producer();
  return node != nullptr && node->target() == target ? node : nullptr;
}

c10::SymInt size_of(GraphBuilder& graph, GraphValue& tensor, std::int64_t dimension) {
  const auto place = static_cast<std::size_t>(dimension);
  const auto layout = graph.trace().layouts.find(&tensor);
  if (layout == graph.trace().layouts.end()) {
    const TensorMeta& meta = *tensor.tensor();
    return std::get<std::int64_t>(meta.sizes.at(place));
  }
  return make_sym_int(graph.trace().symbols, layout->second.sizes.at(place),
                      {graph.id(), nullptr, &tensor, "sym_size.int", dimension});
}

}  // namespace

std::optional<c10::SymInt> batch_of_packed(GraphBuilder& graph, const GraphValue& batch_sizes) {
  const Node* pack = producer_of(batch_sizes, "torch.ops.aten._pack_padded_sequence.default");
  if (pack == nullptr || pack->results().at(1) != &batch_sizes) return std::nullopt;
  const auto& inputs = pack->inputs();
  const bool batch_first = *inputs.at(2).arg.get<bool>();
  return size_of(graph, *inputs[0].arg.as_value(), batch_first ? 0 : 1);
}

std::optional<c10::SymInt> batch_in_first_step(GraphBuilder& graph, const GraphValue& element) {
  const Node* select = producer_of(element, "torch.ops.aten.select.int");
  if (select == nullptr) return std::nullopt;
  const auto& inputs = select->inputs();
  const auto* index = inputs.at(2).arg.get<std::int64_t>();
  if (index == nullptr || *index != 0) return std::nullopt;
  return batch_of_packed(graph, *inputs[0].arg.as_value());
}

}  // namespace roundtrip
