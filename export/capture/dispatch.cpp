#include "export/capture/dispatch.h"

#include <roundtrip/error.h>
#include <torch/library.h>

#include "export/capture/placed_errors.h"
#include "export/capture/recorder.h"

namespace roundtrip {
namespace {

thread_local Recorder* recorder_of_thread = nullptr;

void record_call(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  if (recorder_of_thread == nullptr) {
    throw CaptureError(c10::str(
        "operator ", op.schema().operator_name(),
        " got a tensor that was made while a program was being captured and has no data: a model "
        "must not keep tensors that its forward computes (in a field, say)"));
  }
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
}

WithCapture::WithCapture() : keys_(with_capture(c10::impl::tls_local_dispatch_key_set())) {
}

CaptureScope::~CaptureScope() {
  recorder_of_thread = outer_;
}

Recorder* current_recorder() {
  return recorder_of_thread;
}

bool is_capturing() {
  return recorder_of_thread != nullptr;
}

}  // namespace roundtrip
