#include "plain_suite.h"

extern "C" [[gnu::visibility("default")]] const char ROUNDTRIP_LIBTORCH_SYMBOL(
    TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH)[] = TORCH_VERSION;
extern "C" [[gnu::visibility("default")]] const roundtrip::Plugin& roundtrip_plugin_api_5() {
  return roundtrip::detail::this_plugin();
}
