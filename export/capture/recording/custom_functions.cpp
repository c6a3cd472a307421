#include "export/capture/recording/custom_functions.h"

#include <roundtrip/error.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

#include "export/capture/trace/arguments.h"
#include "export/tracing/traced_tensor.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {
namespace {

using Names = std::unordered_set<std::string>;

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

Names names_in(std::vector<schema::Argument>& arguments) {
  Names names;
  for (schema::Argument& argument : arguments) {
    visit_value_names(argument, [&](std::string& name) { names.insert(name); });
  }
  return names;
}

Names names_read_by(schema::Node& node) {
  Names names;
  for (schema::NamedArgument& input : node.inputs) {
    visit_value_names(input.arg, [&](std::string& name) { names.insert(name); });
  }
  return names;
}

bool share_any(const Names& some, const Names& others) {
  return std::any_of(some.begin(), some.end(),
                     [&](const std::string& name) { return others.contains(name); });
}

/// The function's operators are those that were recorded since it was made without gradients
/// and that `value` is computed from, and what else reads their results: nobody but the
/// function has seen those yet.
void inline_operators(std::vector<TracedNode>& nodes, const std::string& value,
                      std::uint64_t function) {
  const auto begin = std::find_if(nodes.begin(), nodes.end(), [&](const TracedNode& traced) {
    return traced.sequence > function;
  });
  Names needed{value};
  Names made;
  for (auto it = nodes.end(); it != begin;) {
    --it;
    const Names results = names_in(it->node.outputs);
    if (it->grad_mode || !share_any(results, needed)) continue;
    it->grad_mode = true;
    needed.merge(names_read_by(it->node));
    made.insert(results.begin(), results.end());
  }
  for (auto it = begin; it != nodes.end(); ++it) {
    if (it->grad_mode || !share_any(names_read_by(it->node), made)) continue;
    it->grad_mode = true;
    made.merge(names_in(it->node.outputs));
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
  if (traced.twin().requires_grad()) return;
  inline_operators(trace.nodes, traced.value(), meta->grad_fn_->sequence_nr());
  torch::autograd::set_history(traced.twin(), c10::make_intrusive<NoGradient>());
}

void CustomFunctions::finish(Trace& trace) const {
  if (found_.empty()) return;
  bool mode = trace.grad_mode;
  for (TracedNode& traced : trace.nodes) {
    auto& changes = traced.before;
    const auto is_mode = [](const ModeChange& change) {
      return change.kind == ModeChange::Kind::grad_mode;
    };
    const auto place = std::find_if(changes.begin(), changes.end(), is_mode) - changes.begin();
    const bool had_one = place != std::ssize(changes);
    std::erase_if(changes, is_mode);
    if (traced.grad_mode != mode) {
      changes.insert(changes.begin() + (had_one ? place : 0),
                     {ModeChange::Kind::grad_mode, traced.grad_mode, {}});
    }
    mode = traced.grad_mode;
  }
}

}  // namespace roundtrip
