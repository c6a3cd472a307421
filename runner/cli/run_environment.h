#pragma once

#include <cstdint>
#include <optional>

#include "runner/cli/arguments.h"
#include "runner/cli/session.h"
#include "runner/report/environment.h"

namespace roundtrip {

/// What the results of this run may depend on: this machine, the command line, the plugins that
/// are loaded, with the hashes of their files, and the seed that shuffles the tests.
Environment run_environment(const CommandLine& line, const Session& session,
                            const std::optional<std::uint64_t>& shuffle_seed);

}  // namespace roundtrip
