#include "export/capture/dispatch.h"

#include <roundtrip/error.h>
#include <torch/library.h>

#include "export/capture/recorder.h"

namespace roundtrip {
namespace {

thread_local Recorder* current_recorder = nullptr;

void record_call(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  if (current_recorder == nullptr) {
    throw CaptureError(c10::str(
        "operator ", op.schema().operator_name(),
        " got a tensor that was made while a program was being captured and has no data: a model "
        "must not keep tensors that its forward computes (in a field, say)"));
  }
  current_recorder->call(op, *stack);
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record_call>());
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericWrapper, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record_call>());
}

}  // namespace

CaptureScope::CaptureScope(Recorder& recorder)
    : include_(c10::DispatchKey::TESTING_ONLY_GenericMode) {
  current_recorder = &recorder;
}

CaptureScope::~CaptureScope() {
  current_recorder = nullptr;
}

bool is_capturing() {
  return current_recorder != nullptr;
}

}  // namespace roundtrip
