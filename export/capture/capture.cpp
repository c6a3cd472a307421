#include "export/capture/capture.h"

#include <roundtrip/error.h>

#include "export/capture/dispatch.h"
#include "export/capture/program_builder.h"
#include "export/capture/strict.h"
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
  const bool strict = call.options.strict.value_or(false);
  const bool converts = strict && call.module.has_strict_forward();
  Trace trace =
      trace_forward(converts ? call.module.strict() : call.module, call.args, call.kwargs);
  if (strict && !converts) require_same_again(call, trace);
  return build_program(call, std::move(trace));
}

}  // namespace roundtrip
