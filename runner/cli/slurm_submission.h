#pragma once

#include "runner/fan_out/fan_out.h"
#include "runner/fan_out/slurm.h"

namespace roundtrip {

/// Throws UsageError for texts that Slurm's options cannot have.
void check_slurm_request(const FanOut& fan_out, const SlurmRequest& request);

/// Writes the scripts, submits them and says by which names they are known; `waits` for their end,
/// and returns the exit code of the whole run then. Throws UsageError for a folder that holds
/// something, and Error when Slurm refuses a job, in which case none is left.
int submit(const FanOut& fan_out, const SlurmRequest& request, bool waits);

}  // namespace roundtrip
