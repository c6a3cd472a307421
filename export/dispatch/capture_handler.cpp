#include "export/dispatch/capture_handler.h"

#include <utility>

namespace roundtrip {
namespace {

thread_local CaptureHandler* handler_of_thread = nullptr;

/// The keys of the thread such that operators go to the handler, even within
/// `WithoutCapture`.
c10::impl::LocalDispatchKeySet with_capture(c10::impl::LocalDispatchKeySet keys) {
  const c10::DispatchKeySet ours{c10::DispatchKey::TESTING_ONLY_GenericMode,
                                 c10::DispatchKey::TESTING_ONLY_GenericWrapper};
  keys.included_ = keys.included_.add(c10::DispatchKey::TESTING_ONLY_GenericMode);
  keys.excluded_ = keys.excluded_ - ours;
  return keys;
}

}  // namespace

CaptureHandler* current_handler() {
  return handler_of_thread;
}

bool is_capturing() {
  return handler_of_thread != nullptr;
}

HandlerScope::HandlerScope(CaptureHandler& handler)
    : outer_(std::exchange(handler_of_thread, &handler)) {
}

HandlerScope::~HandlerScope() {
  handler_of_thread = outer_;
}

WithCapture::WithCapture() : keys_(with_capture(c10::impl::tls_local_dispatch_key_set())) {
}

}  // namespace roundtrip
