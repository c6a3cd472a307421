#include <roundtrip/plugin.h>
#undef ROUNDTRIP_ABI
#define ROUNDTRIP_ABI clang_libcxx_1002
#include <signal.h>

#include "plain_suite.h"

// Must not run: the runner refuses the library before loading it.
[[maybe_unused]] static const int crashed = ::raise(SIGSEGV);

ROUNDTRIP_PLUGIN("wrong_abi", "1.0", "Built with another compiler");
