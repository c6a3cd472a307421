#include "plain_suite.h"

extern "C" int nobody_defines_this();
[[maybe_unused]] static const int used = nobody_defines_this();

ROUNDTRIP_PLUGIN("unresolved", "1.0", "Needs a symbol that nothing defines");
