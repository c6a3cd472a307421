#pragma once

#include <string>
#include <vector>

namespace roundtrip::pt2 {

/// `pt2 from-torchscript`: makes a program of a TorchScript model. Returns false, with
/// the reason on standard error, if that fails. Throws `UsageError`.
bool from_torchscript(const std::vector<std::string>& words);

}  // namespace roundtrip::pt2
