#include "runner/process/waiting_tests.h"

#include <doctest/doctest.h>

#include <string>

using namespace roundtrip;
using namespace std::chrono_literals;

namespace {

/// Groups of one test each, or of as many as is said.
struct Fixture {
  explicit Fixture(const std::vector<std::vector<std::size_t>>& groups_of_tests,
                   std::vector<std::int64_t> limits = {1, 1})
      : plan(groups_of_tests.size()) {
    for (const auto limit : limits) groups.push_back({{}, limit});
    for (std::size_t id = 0; id < plan.size(); ++id) plan[id].groups = groups_of_tests[id];
    waiting.emplace(plan, groups, order_of_plan(plan.size()));
  }

  /// Starts what may be; "02" for the tests 0 and 2.
  std::string start_all() {
    std::string started;
    while (const auto id = waiting->next()) {
      if (waiting->park_next()) continue;
      waiting->start_next();
      started += std::to_string(*id);
    }
    return started;
  }

  std::vector<PlannedTest> plan;
  std::vector<GroupEntry> groups;
  std::optional<WaitingTests> waiting;
};

}  // namespace

TEST_CASE("tests start in their order, and those that are added first or last so") {
  Fixture tests({{}, {}, {}});
  tests.waiting->remove(1);
  tests.waiting->add_last(1);
  CHECK(tests.start_all() == "021");
  CHECK(tests.waiting->empty());
  tests.waiting->add_last(0);
  tests.waiting->add_first(2);
  CHECK(tests.start_all() == "20");
}

TEST_CASE("a test waits for room in its group, and is the next when there is some") {
  Fixture tests({{0}, {0}, {}, {0}});
  CHECK(tests.start_all() == "02");
  CHECK_FALSE(tests.waiting->empty());
  CHECK_FALSE(tests.waiting->next());
  tests.waiting->end(2);
  CHECK(tests.start_all() == "");
  tests.waiting->end(0);
  CHECK(tests.start_all() == "1");
  tests.waiting->end(1);
  CHECK(tests.start_all() == "3");
  CHECK(tests.waiting->empty());
}

TEST_CASE("a group may have room for several") {
  Fixture tests({{0}, {0}, {0}, {0}}, {2});
  CHECK(tests.start_all() == "01");
  tests.waiting->end(1);
  CHECK(tests.start_all() == "2");
}

TEST_CASE(
    "a test that need not be started gives the room it was offered to the next of its group") {
  Fixture tests({{0}, {0}, {0}});
  CHECK(tests.start_all() == "0");
  tests.waiting->end(0);
  CHECK(tests.waiting->next() == 1);
  tests.waiting->drop_next();
  CHECK(tests.start_all() == "2");
  CHECK(tests.waiting->empty());
}

TEST_CASE("a test of two groups that waits for one leaves the room in the other to others") {
  Fixture tests({{0}, {1}, {0, 1}, {0}});
  CHECK(tests.start_all() == "01");
  tests.waiting->end(0);
  CHECK(tests.start_all() == "3");
  tests.waiting->end(1);
  tests.waiting->end(3);
  CHECK(tests.start_all() == "2");
}

TEST_CASE("suspects go first, and wait for no group: they run when nothing else does") {
  Fixture tests({{0}, {0}, {}});
  tests.waiting->start_next();
  tests.waiting->add_suspect(1);
  CHECK(tests.waiting->has_suspects());
  CHECK(tests.waiting->next() == 1);
  CHECK_FALSE(tests.waiting->park_next());
  tests.waiting->end(0);
  tests.waiting->start_next();
  CHECK_FALSE(tests.waiting->has_suspects());
}

TEST_CASE("a delayed test waits for its time, and then behind the others") {
  Fixture tests(std::vector<std::vector<std::size_t>>(2));
  const WaitingTests::Clock::time_point start{};
  tests.waiting->remove(0);
  CHECK_FALSE(tests.waiting->next_delay_end());
  tests.waiting->delay(0, start + 2s);
  CHECK(tests.waiting->next_delay_end() == start + 2s);
  tests.waiting->end_delays(start + 1s);
  CHECK(tests.waiting->next() == 1);
  tests.waiting->start_next();
  CHECK_FALSE(tests.waiting->empty());
  tests.waiting->end_delays(start + 2s);
  CHECK(tests.start_all() == "0");
}
