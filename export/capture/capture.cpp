#include "export/capture/capture.h"

#include <roundtrip/error.h>

#include "export/capture/forward/tracer.h"
#include "export/capture/generalize/generalize.h"
#include "export/capture/program_builder.h"
#include "export/capture/strict/strict.h"
#include "export/dispatch/capture_handler.h"

namespace roundtrip {

Program capture_program(const ExportCall& call) {
  if (is_capturing()) {
    throw CaptureError("export_program was called by a model that is being exported");
  }
  GeneralizingTracer tracer(call);
  Trace trace = tracer.trace();
  if (call.options.strict.value_or(false) && !converts(call)) {
    require_same_again(call, trace,
                       [&](const ExportCall& other) { return tracer.trace_again(other); });
  }
  return build_program(call, std::move(trace));
}

}  // namespace roundtrip
