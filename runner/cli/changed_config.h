#pragma once

#include <string>
#include <vector>

#include "runner/cli/arguments.h"
#include "runner/config/config.h"
#include "runner/config/place.h"

namespace roundtrip {

/// The profile that --profile names; null when it was not given. Throws UsageError.
const ProfileConfig* chosen_profile(const Config& config, const Arguments& arguments);

/// The configuration with the runs that --cell chooses; the profile's options become defaults of
/// the command line. Adds the names of all its runs to `all_runs`, those too that are left out.
/// What the command line asks for may be missing because of mistakes, which are said then. Throws
/// UsageError.
Config changed_config(Arguments& arguments, Problems& problems, std::vector<std::string>& all_runs);

/// Leaves the runs that --cell chooses, and what these use. Throws UsageError.
void choose_cells(const Arguments& arguments, Config& config);

/// `changed_config`; throws ConfigError with everything that is wrong with the configuration.
Config load_config(Arguments& arguments);

/// Gives suites the options that --set names, and returns the settings that it names. Throws
/// UsageError.
Settings take_assignments(const Arguments& arguments, Config& config);

}  // namespace roundtrip
