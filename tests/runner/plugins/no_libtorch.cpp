#include "plain_suite.h"

extern "C" [[gnu::visibility("default")]] const roundtrip::Plugin& roundtrip_plugin_api_5() {
  return roundtrip::detail::this_plugin();
}
