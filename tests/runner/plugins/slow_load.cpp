#include <unistd.h>

#include "plain_suite.h"

// Takes longer to load than a user waits without a word.

namespace {

const std::vector<plain::Test> kTests{{{.name = "test_passes"}, plain::pass}};
const plain::OfferSuite offer("SlowLoad", kTests);
const unsigned rest = ::sleep(6);

}  // namespace

ROUNDTRIP_PLUGIN("slow_load", "1.0", "Takes six seconds to load");
