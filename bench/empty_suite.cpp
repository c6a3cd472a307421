#include <roundtrip/suite.h>

// Tests that do nothing, as many as the option `count` says: what is left is the runner's cost.

namespace {

using namespace roundtrip;

class Empty final : public Suite {
 public:
  explicit Empty(const OptionValues& options) : count_(options.integer("count")) {}
  std::vector<TestInfo> tests() const override {
    std::vector<TestInfo> tests;
    for (int i = 0; i < count_; ++i) tests.push_back({.name = "test_" + std::to_string(i)});
    return tests;
  }
  TestOutcome run(const TestRun&, const std::vector<const Transform*>&) const override {
    return {};
  }

 private:
  std::int64_t count_;
};

ROUNDTRIP_SUITE_CLASS(Empty, "Empty", "Tests that do nothing", option("count", 1, "how many"));

}  // namespace

ROUNDTRIP_PLUGIN("empty_suite", "1.0", "Tests that do nothing");
