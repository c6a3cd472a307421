#include "plain_suite.h"

static const plain::Suite kSuite("Everyday", {});
static const roundtrip::detail::RegisterSuite register_suite(kSuite);
static const plain::OfferTransform offer_first("first", "");

ROUNDTRIP_PLUGIN("clash", "1.0", "Offers names that another plugin offers too");
