#include <signal.h>

#include "plain_suite.h"

[[maybe_unused]] static const int crashed = ::raise(SIGSEGV);

ROUNDTRIP_PLUGIN("crash_on_load", "1.0", "Crashes while it is loaded");
