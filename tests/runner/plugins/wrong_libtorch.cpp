#include <torch/version.h>
#undef TORCH_VERSION_MINOR
#define TORCH_VERSION_MINOR 12
#include <signal.h>

#include "plain_suite.h"

// Must not run: the runner refuses the library before loading it.
[[maybe_unused]] static const int crashed = ::raise(SIGSEGV);

ROUNDTRIP_PLUGIN("wrong_libtorch", "1.0", "Built with another LibTorch");
