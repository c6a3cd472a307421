#include "export/tracing/operator_calls.h"

#include <roundtrip/error.h>
#include <torch/library.h>

#include <mutex>
#include <set>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/tensor_values.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

/// The graphs that are recorded now, by any thread.
class LiveGraphs {
 public:
  void add(std::uint64_t graph) {
    const std::lock_guard lock(mutex_);
    graphs_.insert(graph);
  }
  void remove(std::uint64_t graph) {
    const std::lock_guard lock(mutex_);
    graphs_.erase(graph);
  }
  bool contains(std::uint64_t graph) {
    const std::lock_guard lock(mutex_);
    return graphs_.contains(graph);
  }

 private:
  std::mutex mutex_;
  std::set<std::uint64_t> graphs_;
};

LiveGraphs live_graphs;

bool is_of_live_graph(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  bool found = false;
  for (const c10::IValue& argument : torch::jit::last(stack, op.schema().arguments().size())) {
    visit_tensors(argument, [&](const at::Tensor& tensor) {
      const TracedTensor* traced = as_traced(tensor);
      found = found || (traced != nullptr && live_graphs.contains(traced->graph()));
    });
  }
  return found;
}

[[noreturn]] void refuse_call_outside(const c10::OperatorHandle& op,
                                      const torch::jit::Stack& stack) {
  if (is_of_live_graph(op, stack)) {
    throw CaptureError(c10::str("forward calls ", op.schema().operator_name(),
                                " on another thread than the one that captures it, so that the "
                                "program would lack it. Call all operators on the thread that "
                                "forward is called on while roundtrip::is_exporting()"));
  }
  throw CaptureError(c10::str(
      "operator ", op.schema().operator_name(),
      " got a tensor that was made while a program was being captured and has no data: a model "
      "must not keep tensors that its forward computes (in a field, say)"));
}

void record_call(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  CaptureHandler* handler = current_handler();
  if (handler == nullptr) refuse_call_outside(op, *stack);
  handler->call(op, *stack);
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record_call>());
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericWrapper, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record_call>());
}

}  // namespace

LiveGraph::LiveGraph(std::uint64_t graph) : graph_(graph) {
  live_graphs.add(graph);
}

LiveGraph::~LiveGraph() {
  live_graphs.remove(graph_);
}

}  // namespace roundtrip
