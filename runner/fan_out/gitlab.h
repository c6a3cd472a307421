#pragma once

#include <string>

#include "runner/fan_out/fan_out.h"

namespace roundtrip {

/// The jobs as a child pipeline of GitLab, in YAML.
std::string gitlab_pipeline(const FanOut& fan_out);

}  // namespace roundtrip
