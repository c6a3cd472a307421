#include "export/capture/recording/graph_builder.h"

#include <c10/core/GradMode.h>
#include <roundtrip/error.h>

#include <atomic>

namespace roundtrip {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

GraphBuilder::GraphBuilder(std::shared_ptr<Symbols> symbols, bool follows_modes)
    : id_(next_id()), follows_modes_(follows_modes) {
  trace_.symbols = std::move(symbols);
  trace_.grad_mode = c10::GradMode::is_enabled();
}

GraphValue& GraphBuilder::add_input_value(Type type) {
  return trace_.graph.add_value(c10::str("arg", trace_.placeholders.size(), "_1"), std::move(type));
}

GraphValue& GraphBuilder::add_placeholder(PlaceholderKind kind, const std::string& target,
                                          const at::Tensor& tensor) {
  GraphValue& value = add_input_value(tensor_meta(tensor, tensor.requires_grad()));
  trace_.placeholders.push_back({kind, &value, target, tensor});
  return value;
}

GraphValue& GraphBuilder::add_number_input(const SymbolicValue& number) {
  GraphValue& value = add_input_value(number_type(symbols(), number));
  trace_.placeholders.push_back({PlaceholderKind::user_input, &value, "", {}});
  trace_.numbers.emplace(&value, number);
  return value;
}

GraphValue& GraphBuilder::define(const at::Tensor& concrete, const std::string& candidate) {
  if (concrete.layout() != at::kStrided || concrete.is_quantized()) {
    throw UnsupportedError("forward makes a sparse or quantized tensor by " + candidate +
                           ", which a program cannot hold");
  }
  return trace_.graph.add_value(new_name(candidate), tensor_meta(concrete, false));
}

GraphValue& GraphBuilder::define(const SymbolicValue& number, const std::string& candidate) {
  GraphValue& value = trace_.graph.add_value(new_name(candidate), number_type(symbols(), number));
  trace_.numbers.emplace(&value, number);
  return value;
}

Metadata GraphBuilder::new_metadata(const std::string& target) {
  return symbols().is_dry_run ? Metadata{} : metadata_.next(target);
}

Node& GraphBuilder::append(NodeFields node, bool writes) {
  return append(std::move(node), writes, c10::GradMode::is_enabled());
}

Node& GraphBuilder::append(NodeFields node, bool writes, bool grad_mode) {
  if (node.metadata.empty()) node.metadata = new_metadata(node.target);
  NodeRecord record;
  record.writes = writes;
  record.grad_mode = follows_modes_ ? grad_mode : trace_.grad_mode;
  if (follows_modes_) record.before = modes_.take_changes(grad_mode);
  Node& appended = trace_.graph.append(std::move(node));
  trace_.records.emplace(&appended, std::move(record));
  return appended;
}

Node& GraphBuilder::append(NodeFields node, GraphValue& result, bool writes) {
  node.name = result.name();
  node.outputs = {Argument(result)};
  return append(std::move(node), writes);
}

}  // namespace roundtrip
