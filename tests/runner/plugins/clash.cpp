#include "plain_suite.h"

static const std::vector<plain::Test> kNone;
static const plain::OfferSuite offer_everyday("Everyday", kNone);
static const plain::OfferTransform offer_first("first", "");

ROUNDTRIP_PLUGIN("clash", "1.0", "Offers names that another plugin offers too");
