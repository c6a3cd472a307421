#include "export/capture/capture.h"

#include <roundtrip/error.h>

#include "export/capture/dispatch.h"
#include "export/capture/program_builder.h"
#include "export/capture/tracer.h"

namespace roundtrip {

Program capture_program(const ExportCall& call) {
  if (!call.options.dynamic_shapes.empty()) {
    throw UnsupportedError(
        "dynamic_shapes: dynamic sizes are not supported yet; every size is static");
  }
  if (is_capturing()) {
    throw CaptureError("export_program was called by a model that is being exported");
  }
  return build_program(call, trace_forward(call.module, call.args, call.kwargs));
}

}  // namespace roundtrip
