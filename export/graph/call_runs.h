#pragma once

#include <string>
#include <vector>

namespace roundtrip {

/// For each node how much of its stack of calls it may keep such that the nodes of every call lie
/// together. `calls` are the stacks, outermost first; an empty one belongs to whichever call it is
/// found in. Of a call whose nodes lie apart the longest run keeps it, the others belong to who
/// made the call.
std::vector<std::size_t> depths_of_runs(const std::vector<std::vector<std::string>>& calls);

}  // namespace roundtrip
