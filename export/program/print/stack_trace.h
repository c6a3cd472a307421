#pragma once

#include <roundtrip/graph.h>

#include <string>

namespace roundtrip {

/// The comment that Python prints above a node: where in the model it comes
/// from, and what a user annotated.
std::string node_comment(const Metadata* metadata);

}  // namespace roundtrip
