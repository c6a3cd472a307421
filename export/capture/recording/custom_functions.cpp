#include "export/capture/recording/custom_functions.h"

#include <roundtrip/error.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

#include "export/tracing/traced_tensor.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {
namespace {

using ValueSet = std::unordered_set<const GraphValue*>;

/// Where a gradient would go on, if the graph had one.
struct NoGradient final : torch::autograd::Node {
  using Node::Node;
  torch::autograd::variable_list apply(torch::autograd::variable_list&&) override {
    throw CaptureError(
        "forward asks for a gradient (torch::autograd::grad, backward), which a capture cannot "
        "record: write the gradient in operators, or differentiate the exported program");
  }
};

/// `Round` of `torch::autograd::CppNode<Round>`.
std::string name_of(const torch::autograd::Node& function) {
  const std::string name = function.name();
  const auto open = name.find('<');
  const auto close = name.rfind('>');
  return open < close && close != std::string::npos ? name.substr(open + 1, close - open - 1)
                                                    : name;
}

bool uses_any(const Node& node, const ValueSet& values) {
  const std::vector<GraphValue*> operands = node.operands();
  return std::any_of(operands.begin(), operands.end(),
                     [&](const GraphValue* value) { return values.contains(value); });
}

/// The function's operators are those that were recorded since it was made without gradients
/// and that `value` is computed from, and what else reads their results: nobody but the
/// function has seen those yet.
void inline_operators(Trace& trace, const GraphValue& value, std::uint64_t function) {
  const auto is_of_function = [&](const Node& node) {
    const NodeRecord& record = trace.record(node);
    return record.sequence > function && !record.grad_mode;
  };
  ValueSet needed{&value};
  ValueSet made;
  const auto take = [&](const Node& node, const std::vector<GraphValue*>& results) {
    trace.record(node).grad_mode = true;
    made.insert(results.begin(), results.end());
  };
  if (trace.graph.nodes().empty()) return;
  const Node* node = &trace.graph.nodes().back();
  for (; node != nullptr && trace.record(*node).sequence > function; node = node->previous()) {
    const std::vector<GraphValue*> results = node->results();
    const bool is_needed = std::any_of(results.begin(), results.end(),
                                       [&](GraphValue* result) { return needed.contains(result); });
    if (!is_of_function(*node) || !is_needed) continue;
    for (const GraphValue* operand : node->operands()) needed.insert(operand);
    take(*node, results);
  }
  for (const Node& later : trace.graph.nodes()) {
    if (is_of_function(later) && uses_any(later, made)) take(later, later.results());
  }
}

void refuse_hooks(const at::Tensor& tensor) {
  const auto* meta = torch::autograd::impl::get_autograd_meta(tensor);
  if (meta == nullptr || (meta->hooks_.empty() && meta->cpp_hooks_list_ == nullptr)) return;
  throw CaptureError(
      "forward registers a hook on a tensor that it computes (register_hook), which a program "
      "cannot hold");
}

}  // namespace

void CustomFunctions::require_gradient(const at::Tensor& tensor, const Trace& trace) {
  if (before_.empty()) {
    for (const Placeholder& placeholder : trace.placeholders) {
      const bool own = placeholder.kind != PlaceholderKind::user_input;
      if (!own || !placeholder.tensor.requires_grad()) continue;
      before_.push_back(torch::autograd::impl::gradient_edge(placeholder.tensor));
    }
  }
  torch::autograd::set_history(tensor, c10::make_intrusive<NoGradient>(std::move(before_)));
  before_ = {torch::autograd::impl::gradient_edge(tensor)};
}

void CustomFunctions::visit(const at::Tensor& tensor, Trace& trace) {
  refuse_hooks(tensor);
  const auto* meta = torch::autograd::impl::get_autograd_meta(tensor);
  if (meta == nullptr || meta->grad_fn_ == nullptr) return;
  if (dynamic_cast<const NoGradient*>(meta->grad_fn_.get()) != nullptr) return;
  const TracedTensor& traced = *as_traced(tensor);
  if (found_.insert(meta->grad_fn_->sequence_nr()).second) {
    const std::string message =
        "'" + name_of(*meta->grad_fn_) +
        "' has a gradient of its own (torch::autograd::Function), which a program cannot hold";
    if (trace.symbols->strict) {
      throw CaptureError("strict: " + message +
                         ". Export without strict to have the gradient of the operators that its "
                         "forward calls, or under torch::NoGradGuard if none is asked for");
    }
    trace.symbols->notes.push_back(
        message + ": the program's gradient is that of the operators in its forward" +
        user_place());
  }
  if (traced.concrete().requires_grad()) return;
  inline_operators(trace, *traced.value(), meta->grad_fn_->sequence_nr());
  torch::autograd::set_history(traced.concrete(), c10::make_intrusive<NoGradient>());
}

void CustomFunctions::finish(Trace& trace) const {
  if (found_.empty()) return;
  bool mode = trace.grad_mode;
  for (const Node& node : trace.graph.nodes()) {
    NodeRecord& record = trace.record(node);
    std::vector<ModeChange>& changes = record.before;
    const auto is_mode = [](const ModeChange& change) {
      return change.kind == ModeChange::Kind::grad_mode;
    };
    const auto place = std::find_if(changes.begin(), changes.end(), is_mode) - changes.begin();
    const bool had_one = place != std::ssize(changes);
    std::erase_if(changes, is_mode);
    if (record.grad_mode != mode) {
      changes.insert(changes.begin() + (had_one ? place : 0),
                     {ModeChange::Kind::grad_mode, record.grad_mode, {}});
    }
    mode = record.grad_mode;
  }
}

}  // namespace roundtrip
