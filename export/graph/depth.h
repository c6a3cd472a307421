#pragma once

namespace roundtrip {

/// How deep graphs may lie in nodes of others: what follows them calls itself for each level.
/// Higher-order operators nest deeper in no real program.
constexpr int kMaxGraphDepth = 64;

}  // namespace roundtrip
