#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runner/config/config.h"
#include "runner/plugin_host/catalog.h"

namespace roundtrip {

/// Notes each setting that `offer` has no option for, or whose value is none of its, and each
/// option that must be given and is not. `owner` is "the suite 'S'"; `named` where it is asked for.
void check_options(const std::vector<OptionSetting>& settings, const std::string& owner,
                   const Place& named, const Offer& offer, Problems& problems);

/// A value for each option of `offer`. Defaults that are relative paths are meant from `folder`.
OptionValues::Map resolve_options(const std::vector<OptionSetting>& settings, const Offer& offer,
                                  const std::filesystem::path& folder);

}  // namespace roundtrip
