#pragma once

#include <memory>
#include <vector>

#include "pt2/arguments.h"
#include "runner/plugin_host/plugin_host.h"

namespace roundtrip::pt2 {

using Owners = std::vector<std::shared_ptr<const Transform>>;

/// The transformations that `--transform` names, with the options that they have by default. The
/// host, which loads their plugins, outlives them. Throws UsageError.
Owners make_transforms(const Arguments& arguments, PluginHost& host);

/// `convert` through the transformations that the arguments name, the first one outermost.
bool convert_by_transforms(const Arguments& arguments);

}  // namespace roundtrip::pt2
