#include <stdexcept>

#include "plain_suite.h"

static int refuse() {
  throw std::runtime_error("no licence file");
}
[[maybe_unused]] static const int refused = refuse();

ROUNDTRIP_PLUGIN("throw_on_load", "1.0", "Throws while it is loaded");
