#include "runner/text/steady_message.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("a message is steady without addresses and fractions") {
  CHECK(steady_message("0x, 0xg, 3., .5, x1.5.2 0x1F") == "0x, 0xg, 3., .5, x?.?.2 0x?");
}

TEST_CASE("items of one message are a group, the largest group first") {
  const std::vector<std::string> texts = {"b 0x1f", "a", "c", "a", "b 0x20", "a"};
  std::vector<const std::string*> items;
  for (const auto& text : texts) items.push_back(&text);
  const auto groups = groups_by_message(items, [](const auto& text) { return text; });
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].size() == 3);
  CHECK(*groups[1][1] == "b 0x20");
  CHECK(*groups[2][0] == "c");
}
