#include "export/dispatch/dispatch.h"

#include <roundtrip/error.h>
#include <torch/library.h>

#include <mutex>
#include <set>

#include "export/capture/recording/recorder.h"
#include "export/dispatch/tensor_values.h"
#include "export/tracing/placed_errors.h"

namespace roundtrip {
namespace {

thread_local Recorder* recorder_of_thread = nullptr;

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
  if (recorder_of_thread == nullptr) refuse_call_outside(op, *stack);
  Recorder& recorder = *recorder_of_thread;
  if (OperatorLayer* layer = recorder.layer()) {
    layer->call(recorder, op, *stack);
  } else {
    with_place([&] { recorder.call(op, *stack); });
  }
}

/// The keys of the thread such that operators go to the recorder, even within
/// `WithoutCapture`.
c10::impl::LocalDispatchKeySet with_capture(c10::impl::LocalDispatchKeySet keys) {
  const c10::DispatchKeySet ours{c10::DispatchKey::TESTING_ONLY_GenericMode,
                                 c10::DispatchKey::TESTING_ONLY_GenericWrapper};
  keys.included_ = keys.included_.add(c10::DispatchKey::TESTING_ONLY_GenericMode);
  keys.excluded_ = keys.excluded_ - ours;
  return keys;
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record_call>());
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericWrapper, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record_call>());
}

}  // namespace

CaptureScope::CaptureScope(Recorder& recorder)
    : keys_(with_capture(c10::impl::tls_local_dispatch_key_set())), outer_(recorder_of_thread) {
  recorder_of_thread = &recorder;
  live_graphs.add(recorder.graph());
}

WithCapture::WithCapture() : keys_(with_capture(c10::impl::tls_local_dispatch_key_set())) {
}

CaptureScope::~CaptureScope() {
  live_graphs.remove(recorder_of_thread->graph());
  recorder_of_thread = outer_;
}

Recorder* current_recorder() {
  return recorder_of_thread;
}

bool is_capturing() {
  return recorder_of_thread != nullptr;
}

}  // namespace roundtrip
