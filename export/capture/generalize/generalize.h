#pragma once

#include <roundtrip/export.h>

#include <memory>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Traces a call, and generalises the sizes that its forward reads as plain integers: see
/// `ExportOptions::generalize_sizes`.
class GeneralizingTracer {
 public:
  explicit GeneralizingTracer(const ExportCall& call);
  ~GeneralizingTracer();
  GeneralizingTracer(const GeneralizingTracer&) = delete;
  GeneralizingTracer& operator=(const GeneralizingTracer&) = delete;

  /// The trace of the call. Throws `CaptureError` for sizes that were to be dynamic and that
  /// forward reads, where it cannot be generalised: with the reason, and the places of the reads.
  Trace trace();
  /// That of the same call on other inputs, generalised in the same way.
  Trace trace_again(const ExportCall& other) const;

 private:
  class Generalization;

  bool may_generalize() const;
  Trace specialized(const std::string& reason) const;

  const ExportCall& call_;
  std::unique_ptr<Generalization> generalization_;
};

}  // namespace roundtrip
