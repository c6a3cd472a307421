#pragma once

namespace torch::jit {}

namespace roundtrip {

/// Graphs of TorchScript and of the project both have nodes, blocks and values; those that are
/// written with this name are TorchScript's.
namespace jit = torch::jit;

}  // namespace roundtrip
