#include "export/capture/capture.h"

#include <roundtrip/error.h>

#include "export/capture/dispatch.h"
#include "export/capture/program_builder.h"
#include "export/capture/strict.h"
#include "export/capture/tracer.h"

namespace roundtrip {

Program capture_program(const ExportCall& call) {
  if (is_capturing()) {
    throw CaptureError("export_program was called by a model that is being exported");
  }
  Trace trace = trace_forward(call);
  if (call.options.strict.value_or(false)) require_same_again(call, trace);
  return build_program(call, std::move(trace));
}

}  // namespace roundtrip
