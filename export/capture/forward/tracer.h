#pragma once

#include <roundtrip/export.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "export/capture/inputs/input_constraints.h"
#include "export/capture/recording/recorder.h"
#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Whether the module's graph is captured in place of its forward. Throws `CaptureError` if it is
/// to be and the module has none.
bool converts(const ExportCall& call);

/// How forward is traced, beyond what the call says.
struct TraceRun {
  /// Unset: as the call's strictness has it.
  std::optional<Reads> reads{};
  CallObserver* observer = nullptr;
  /// What is asked of the inputs, in place of the call's `dynamic_shapes`.
  std::optional<std::vector<LeafConstraints>> constraints{};
  /// Out: the symbols of the run, also where it throws.
  std::shared_ptr<Symbols> symbols{};
};

/// Runs forward once on copies of the inputs and returns what it called, with the
/// symbols of dynamic sizes and unbacked ones. The model's state is as before when it
/// returns or throws.
Trace trace_forward(const ExportCall& call, TraceRun& run);
Trace trace_forward(const ExportCall& call);

/// What one call of `forward` with traced copies of the inputs leaves in `recorder`,
/// made anew for it; `finish_trace` is to follow. `constraints` has an entry for each leaf of
/// the inputs.
Trace record_forward(Recorder& recorder, std::vector<LeafConstraints> constraints,
                     const Values& args, const Kwargs& kwargs, const Module::Forward& forward);

}  // namespace roundtrip
