#pragma once

#include <roundtrip/error.h>

#include <string>
#include <vector>

#include "export/capture/generalize/call_log.h"
#include "export/capture/generalize/size_variables.h"

namespace roundtrip {

/// Sizes cannot be generalised, for this reason.
class NotGeneral : public CaptureError {
 public:
  using CaptureError::CaptureError;
};

/// Runs of forward on static inputs of several sizes, and what it called in each, which is the same
/// but for integers.
class SizeRuns {
 public:
  /// Both outlive it. Variables may become fewer between runs, if `forget_others` follows.
  SizeRuns(const ExportCall& call, const SizeVariables& variables);

  /// Runs forward with these values of the variables. False where an operator fails at these sizes,
  /// as it would in the program, and for values that were tried before. Throws `NotGeneral` where
  /// the model does something else than in the first run, or refuses the sizes, and where there
  /// would be more runs than the call allows.
  bool try_run(const Assignment& values);
  /// Forgets all but the run at the example inputs, which holds whichever sizes vary.
  void forget_others();
  /// Throws `NotGeneral` if integers change with the data, or from run to run: they are none of
  /// sizes.
  void require_repeatable() const;

  /// Of the runs that did not fail, in order: the variables' values, sizes of all inputs, and
  /// calls.
  const std::vector<Assignment>& at() const { return at_; }
  const std::vector<std::vector<LeafSizes>>& sizes() const { return sizes_; }
  const std::vector<CallLog>& logs() const { return logs_; }
  /// Of those that failed, at which sizes and why.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  void run(const Assignment& values);
  void require_same(const CallLog& log, const std::vector<at::Tensor>& constants,
                    const Assignment& values) const;

  const ExportCall& call_;
  const SizeVariables& variables_;
  std::vector<Assignment> at_;
  std::vector<std::vector<LeafSizes>> sizes_;
  std::vector<CallLog> logs_;
  std::vector<Assignment> tried_;
  std::vector<std::string> failures_;
  std::vector<at::Tensor> constants_;  ///< that the first run made
};

}  // namespace roundtrip
