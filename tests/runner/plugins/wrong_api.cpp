#include <roundtrip/plugin.h>
#undef ROUNDTRIP_API_VERSION
#define ROUNDTRIP_API_VERSION 999
#include <signal.h>

#include "plain_suite.h"

// Must not run: the runner refuses the library before loading it.
[[maybe_unused]] static const int crashed = ::raise(SIGSEGV);

ROUNDTRIP_PLUGIN("wrong_api", "1.0", "Speaks another version of the contract");
