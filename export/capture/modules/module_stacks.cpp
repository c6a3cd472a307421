#include "export/capture/modules/module_stacks.h"

#include <algorithm>
#include <unordered_map>

#include "export/capture/modules/known_modules.h"
#include "export/capture/modules/module_tree.h"
#include "export/capture/modules/seen_calls.h"
#include "export/capture/trace/module_stack.h"
#include "export/capture/trace/subgraph.h"
#include "export/tracing/node_metadata.h"

namespace roundtrip {
namespace {

/// By the numbers of the nodes' stacks.
using Texts = std::unordered_map<std::size_t, std::string>;

/// Which stack was noted for each of the trace's nodes. Copies of a node's metadata have its stack,
/// too.
std::vector<std::optional<std::size_t>> take_stacks(Graph& graph) {
  std::vector<std::optional<std::size_t>> numbers;
  for (Node& node : graph.nodes()) numbers.push_back(take_noted_stack(node.metadata()));
  return numbers;
}

/// The parameters and buffers that the nodes use, by stack.
class StateOfNodes {
 public:
  StateOfNodes(const Trace& trace, const std::vector<std::optional<std::size_t>>& numbers) {
    for (const Placeholder& placeholder : trace.placeholders) {
      const bool is_state = placeholder.kind == PlaceholderKind::parameter ||
                            placeholder.kind == PlaceholderKind::buffer;
      if (is_state) state_.emplace(placeholder.value, placeholder.tensor);
    }
    auto number = numbers.begin();
    for (const Node& node : trace.graph.nodes()) {
      if (*number) nodes_.emplace(**number, &node);
      ++number;
    }
  }

  std::vector<at::Tensor> operator()(std::size_t stack) const {
    std::vector<at::Tensor> tensors;
    const auto node = nodes_.find(stack);
    if (node == nodes_.end()) return tensors;
    for (const GraphValue* operand : node->second->operands()) {
      const auto tensor = state_.find(operand);
      if (tensor != state_.end()) tensors.push_back(tensor->second);
    }
    return tensors;
  }

 private:
  std::unordered_map<const GraphValue*, at::Tensor> state_;
  std::unordered_map<std::size_t, const Node*> nodes_;
};

/// Writes down the stacks of modules, with the count of calls in each.
class StackWriter {
 public:
  StackWriter(const std::vector<CallScope>& scopes, const ModuleTree& tree)
      : scopes_(scopes), tree_(tree) {
    for (const CallScope& scope : scopes) {
      if (scope.outer) ++counts_[scope.module];
    }
  }

  void write(const SeenCall& call, const std::string& around) {
    const std::string text = with_entry(call, around);
    for (const SeenItem& item : call.items) {
      if (item.call) {
        write(*item.call, text);
      } else {
        texts_.emplace(item.stack, text);
      }
    }
  }

  Texts take() { return std::move(texts_); }

 private:
  std::string with_entry(const SeenCall& call, const std::string& around) {
    if (!call.module) return around;
    const std::string& name = tree_.name(*call.module);
    const std::string key =
        call.scope ? scopes_[*call.scope].key : call_name("L__self__" + name, counts_[name]++);
    return (around.empty() ? "" : around + ";") + key + "," + name + "," +
           tree_.python_type(*call.module);
  }

  const std::vector<CallScope>& scopes_;
  const ModuleTree& tree_;
  std::unordered_map<std::string, int> counts_;
  Texts texts_;
};

void describe(Metadata& metadata, const NotedStack& stack) {
  const bool is_known = std::any_of(metadata.begin(), metadata.end(),
                                    [](const auto& entry) { return entry.first == "stack_trace"; });
  std::string text = is_known ? "" : user_stack_trace(stack);
  if (!text.empty()) metadata.emplace(metadata.begin(), "stack_trace", std::move(text));
}

/// Nodes of branches and bodies are in the modules that the model told of.
void describe_subgraphs(Trace& trace, const std::vector<NotedStack>& stacks) {
  for (auto& [name, pending] : trace.subgraphs) {
    Trace& inner = pending->subgraph.trace;
    for (Node& node : inner.graph.nodes()) {
      if (const auto number = take_noted_stack(node.metadata())) {
        describe(node.metadata(), stacks[*number]);
      }
    }
    describe_subgraphs(inner, stacks);
  }
}

}  // namespace

void describe_nodes(Trace& trace, const std::vector<NotedStack>& stacks,
                    const std::vector<CallScope>& scopes, const ModuleState& state) {
  const auto numbers = take_stacks(trace.graph);
  const ModuleTree tree(state);
  SeenCall root = seen_calls(stacks, scopes, tree);
  find_modules(root, tree, StateOfNodes(trace, numbers));
  StackWriter writer(scopes, tree);
  writer.write(root, "");
  const Texts texts = writer.take();
  auto number = numbers.begin();
  for (Node& node : trace.graph.nodes()) {
    const std::optional<std::size_t> own = *number++;
    if (!own) continue;
    describe(node.metadata(), stacks[*own]);
    const auto text = texts.find(*own);
    if (text != texts.end() && !text->second.empty()) set_module_stack(node, text->second);
  }
  describe_subgraphs(trace, stacks);
}

}  // namespace roundtrip
