#include "export/capture/strict/strict.h"

#include <roundtrip/error.h>

#include "export/capture/forward/outside_tensors.h"
#include "export/capture/forward/tracer.h"
#include "export/capture/inputs/other_inputs.h"
#include "export/capture/strict/other_sizes.h"
#include "export/dispatch/operator_failure.h"
#include "export/program/node_equality.h"
#include "export/program/node_text.h"

namespace roundtrip {
namespace {

using TraceCall = std::function<Trace(const ExportCall&)>;

/// Some models take only data of a kind, a positive definite matrix, say. They
/// run again on the data they were given, which other sizes repeat.
Trace trace_again(const ExportCall& call, const Trace& first, const std::optional<Bindings>& sizes,
                  const TraceCall& trace) {
  const std::vector<LeafSizes> leaves =
      sizes ? sizes_of_inputs(first, *sizes) : std::vector<LeafSizes>(first.inputs.size());
  try {
    return trace(with_other_inputs(call, leaves, /*other_data=*/true));
  } catch (const OperatorFailure&) {
    return trace(with_other_inputs(call, leaves, /*other_data=*/false));
  }
}

std::string sizes_text(const Trace& first, const Bindings& sizes) {
  std::string text;
  for (const Expr& symbol : first.symbols->all) {
    const auto value = sizes.find(symbol.name);
    if (value == sizes.end()) continue;
    text += (text.empty() ? "" : ", ") + symbol.name + " = " +
            std::to_string(std::get<std::int64_t>(value->second));
  }
  return text;
}

[[noreturn]] void refuse(const std::string& difference) {
  throw CaptureError(
      "strict: forward does something else when it runs again on other data, and on other sizes "
      "where they are dynamic, so one program cannot stand for it. " +
      difference);
}

/// Whether the node runs in the gradient mode in which forward was called.
bool is_in_own_mode(const Trace& trace, const Node& node) {
  return trace.record(node).grad_mode == trace.grad_mode;
}

std::string text_of(const Trace& trace, const Node* node) {
  if (node == nullptr) return "nothing more";
  return node_text(*node) + (is_in_own_mode(trace, *node) ? "" : " in another gradient mode");
}

const Node* first_node(const Trace& trace) {
  const auto nodes = trace.graph.nodes();
  return nodes.empty() ? nullptr : &nodes.front();
}

std::ptrdiff_t count_nodes(const Trace& trace) {
  const auto nodes = trace.graph.nodes();
  return std::distance(nodes.begin(), nodes.end());
}

void compare_nodes(const Trace& first, const Trace& second) {
  const Node* left = first_node(first);
  const Node* right = first_node(second);
  for (std::size_t i = 0; left != nullptr || right != nullptr; ++i) {
    const bool same = left != nullptr && right != nullptr && same_node(*left, *right) &&
                      is_in_own_mode(first, *left) == is_in_own_mode(second, *right);
    if (!same) {
      refuse(c10::str("Node ", i, " was first '", text_of(first, left), "', then '",
                      text_of(second, right), "'", node_place(left == nullptr ? *right : *left)));
    }
    left = left->next();
    right = right->next();
  }
}

void compare_constants(const Trace& first, const Trace& second) {
  for (std::size_t i = 0; i < first.placeholders.size(); ++i) {
    const Placeholder& left = first.placeholders[i];
    if (left.kind != PlaceholderKind::constant) continue;
    if (left.undeclared && left.tensor.is_same(second.placeholders[i].tensor)) {
      throw CaptureError("strict: " + outside_text(left));
    }
    if (!bitwise_equal(left.tensor, second.placeholders[i].tensor)) {
      refuse("The tensor constant '" + left.target + "' has other values");
    }
  }
}

void compare_outputs(const Trace& first, const Trace& second) {
  const auto& left = first.graph.outputs();
  const auto& right = second.graph.outputs();
  if (!same_arguments(left, right) || first.out_spec != second.out_spec) {
    refuse(c10::str("It first returned (", arguments_text(left), "), then (", arguments_text(right),
                    ")"));
  }
}

/// Runs forward at the first of the other sizes at which it does not fail: an operator
/// may ask more of sizes than any guard says.
Trace trace_at_other_sizes(const ExportCall& call, const Trace& first, const TraceCall& trace) {
  const std::vector<Bindings> choices = other_sizes(first);
  if (choices.empty()) return trace_again(call, first, std::nullopt, trace);
  std::string failures;
  for (const Bindings& sizes : choices) {
    try {
      return trace_again(call, first, sizes, trace);
    } catch (const OperatorFailure& failure) {
      failures += "\n  " + sizes_text(first, sizes) + ": " + failure.what();
    }
  }
  refuse("At every other size that was tried it fails:" + failures);
}

}  // namespace

void require_same_again(const ExportCall& call, const Trace& first, const TraceCall& trace) {
  ExportCall without_places = call;
  without_places.options.stack_traces = false;
  Trace second = trace_at_other_sizes(without_places, first, trace);
  // A node that the first run has not is refused by its place.
  if (count_nodes(second) > count_nodes(first)) second = trace_at_other_sizes(call, first, trace);
  compare_nodes(first, second);
  compare_constants(first, second);
  compare_outputs(first, second);
}

}  // namespace roundtrip
