#include "plain_suite.h"

static const plain::Suite kSuite("Everyday", {});
static const roundtrip::Transform kTransform{"first"};
static const roundtrip::detail::RegisterSuite register_suite(kSuite);
static const roundtrip::detail::RegisterTransform register_transform("first", "", kTransform);

ROUNDTRIP_PLUGIN("clash", "1.0", "Offers names that another plugin offers too");
