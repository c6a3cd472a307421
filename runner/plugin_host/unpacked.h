#pragma once

#include <filesystem>

namespace roundtrip {

/// Where an archive, in its folder of the runner's own, says in which folder LibTorch was when it
/// was made.
inline constexpr const char* kLibTorchPlace = "lib/roundtrip/libtorch";

/// In a runner that `roundtrip archive` has packed: lets the processes that it starts find the
/// libraries beside it, and LibTorch where ROUNDTRIP_LIBTORCH says it is or else where it was. Does
/// nothing in another. Throws PluginError when LibTorch is not there, or of another version.
void use_unpacked_libraries();

/// Starts this process again where it lacks what that has changed, to load plugins itself.
void restart_with_unpacked_libraries();

}  // namespace roundtrip
