#include "export/capture/generalize/size_runs.h"

#include <algorithm>

#include "export/capture/forward/tracer.h"
#include "export/dispatch/operator_failure.h"

namespace roundtrip {
namespace {

/// The call on static inputs of these sizes, of which nothing is wanted but what it calls.
ExportCall static_call(const ExportCall& call, const std::vector<LeafSizes>& sizes,
                       bool other_data) {
  ExportCall other = with_other_inputs(call, sizes, other_data);
  other.options = {.stack_traces = false};
  return other;
}

}  // namespace

SizeRuns::SizeRuns(const ExportCall& call, const SizeVariables& variables)
    : call_(call), variables_(variables) {
}

/// Throws `OperatorFailure` where an operator fails at these sizes, and `NotGeneral` where the
/// model does something else, or refuses them.
void SizeRuns::run(const Assignment& values) {
  const std::vector<LeafSizes> sizes = variables_.sizes_at(values);
  CallLog log;
  TraceRun run;
  run.observer = &log;
  std::vector<at::Tensor> constants;
  try {
    const Trace trace = trace_forward(static_call(call_, sizes, /*other_data=*/false), run);
    for (const Placeholder& placeholder : trace.placeholders) {
      if (placeholder.kind == PlaceholderKind::constant) constants.push_back(placeholder.tensor);
    }
  } catch (const OperatorFailure&) {
    throw;
  } catch (const std::exception& error) {
    throw NotGeneral("at " + variables_.text_of(values) + ": " + error.what());
  }
  if (!logs_.empty()) require_same(log, constants, values);
  if (logs_.empty()) constants_ = std::move(constants);
  logs_.push_back(std::move(log));
  sizes_.push_back(sizes);
  at_.push_back(values);
}

void SizeRuns::require_same(const CallLog& log, const std::vector<at::Tensor>& constants,
                            const Assignment& values) const {
  if (const auto difference = first_difference(logs_.front(), log)) {
    throw NotGeneral("forward does something else at " + variables_.text_of(values) + " than at " +
                     variables_.text_of(at_.front()) + ": " + *difference);
  }
  for (std::size_t i = 0; i < constants.size(); ++i) {
    if (i < constants_.size() && bitwise_equal(constants[i], constants_[i])) continue;
    throw NotGeneral("forward makes a tensor of other values at " + variables_.text_of(values) +
                     " than at " + variables_.text_of(at_.front()) +
                     ": make it by operators on sizes (arange, full)");
  }
}

bool SizeRuns::try_run(const Assignment& values) {
  if (std::find(tried_.begin(), tried_.end(), values) != tried_.end()) return false;
  if (static_cast<std::int64_t>(tried_.size()) >= call_.options.max_generalizing_captures) {
    throw NotGeneral("more runs than max_generalizing_captures would be needed");
  }
  tried_.push_back(values);
  try {
    run(values);
    return true;
  } catch (const OperatorFailure& failure) {
    failures_.push_back(variables_.text_of(values) + ": " + failure.what());
    return false;
  }
}

void SizeRuns::forget_others() {
  const std::size_t kept = at_.empty() ? 0 : 1;
  logs_.resize(kept);
  sizes_.resize(kept);
  at_.assign(kept, variables_.example());
  tried_ = at_;
  failures_.clear();
}

void SizeRuns::require_repeatable() const {
  CallLog log;
  TraceRun run;
  run.observer = &log;
  try {
    trace_forward(static_call(call_, sizes_.front(), /*other_data=*/true), run);
  } catch (const CaptureError&) {
    return;  // not every model takes other data
  }
  const std::vector<LoggedCall>& calls = logs_.front().calls();
  for (std::size_t i = 0; i < std::min(calls.size(), log.calls().size()); ++i) {
    if (calls[i].integers == log.calls()[i].integers) continue;
    throw NotGeneral("forward calls '" + calls[i].text +
                     "' with other integers when it runs again at the same sizes, on other data" +
                     calls[i].place);
  }
}

}  // namespace roundtrip
