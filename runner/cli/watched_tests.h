#pragma once

#include <string>
#include <unordered_map>

#include "runner/cli/session.h"

namespace roundtrip {

/// A hash of all that a test's result depends on, by its `base_id`: its settings, chain and marks,
/// its suite's options and files, its environment, the commands that set up for it, and the
/// contents of the plugins that offer these.
using TestHashes = std::unordered_map<std::string, std::string>;

/// Of a session whose plugins are hashed.
TestHashes test_hashes(const Session& session);

}  // namespace roundtrip
