#pragma once

#include <c10/core/impl/LocalDispatchKeySet.h>

namespace roundtrip {

class Recorder;

/// While it lives, every operator called on this thread goes to `recorder`,
/// before autograd sees it and before composite operators decompose. A nested one
/// records a branch, and suspends the outer.
class CaptureScope {
 public:
  explicit CaptureScope(Recorder& recorder);
  ~CaptureScope();
  CaptureScope(const CaptureScope&) = delete;
  CaptureScope& operator=(const CaptureScope&) = delete;

 private:
  c10::impl::ForceDispatchKeyGuard keys_;
  Recorder* outer_;
};

/// Where this thread's operator calls go, or null if no capture is under way.
Recorder* current_recorder();

/// True if a capture is under way on this thread.
bool is_capturing();

/// Operators called on this thread while it lives go to the recorder, also within
/// `WithoutCapture`.
class WithCapture {
 public:
  WithCapture();

 private:
  c10::impl::ForceDispatchKeyGuard keys_;
};

/// Operators called on this thread while it lives run as always.
class WithoutCapture {
 private:
  c10::impl::ExcludeDispatchKeyGuard exclude_{c10::DispatchKeySet(
      {c10::DispatchKey::TESTING_ONLY_GenericMode, c10::DispatchKey::TESTING_ONLY_GenericWrapper})};
};

}  // namespace roundtrip
