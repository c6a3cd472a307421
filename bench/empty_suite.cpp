#include <roundtrip/suite.h>

// Tests that do nothing, as many as the option `count` says: what is left is the runner's cost.

namespace {

using namespace roundtrip;

class Empty final : public SuiteEntry {
 public:
  std::string name() const override { return "Empty"; }
  std::string description() const override { return "Tests that do nothing"; }
  std::vector<TestInfo> tests(const SuiteOptions& options) const override {
    const int count = std::stoi(options.values.at("count"));
    std::vector<TestInfo> tests;
    for (int i = 0; i < count; ++i) tests.push_back({.name = "test_" + std::to_string(i)});
    return tests;
  }
  TestOutcome run(const std::string&, const SuiteOptions&, const std::vector<const Transform*>&,
                  const TestSetup&) const override {
    return {};
  }
};

const Empty empty;
const roundtrip::detail::RegisterSuite register_empty{empty};

}  // namespace

ROUNDTRIP_PLUGIN("empty_suite", "1.0", "Tests that do nothing");
