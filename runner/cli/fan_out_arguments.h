#pragma once

#include <boost/program_options.hpp>
#include <string>

#include "runner/cli/arguments.h"
#include "runner/config/config.h"
#include "runner/fan_out/fan_out.h"

namespace roundtrip {

/// The options that decide which jobs there are, beside those of Arguments::add_selection.
void declare_fan_out(boost::program_options::options_description& options);

/// The configuration's runs as jobs that start `runner`. Throws UsageError, and ConfigError for
/// runs that cannot be told apart.
FanOut fan_out_of(const Config& config, const Arguments& arguments, const std::string& runner,
                  PathStyle paths);

}  // namespace roundtrip
