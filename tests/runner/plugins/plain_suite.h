#pragma once

#include <roundtrip/registry.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// A suite made of plain functions, and transformations that do nothing but have a
// name: plugins for the runner's tests, without LibTorch.

namespace roundtrip {

class Transform {
 public:
  std::string name;
  OptionValues options;
};

}  // namespace roundtrip

namespace plain {

using roundtrip::TestOutcome;
using Status = TestOutcome::Status;

struct Call {
  const roundtrip::OptionValues& options;
  const roundtrip::TestRun& run;
  const std::vector<const roundtrip::Transform*>& chain;
};

struct Test {
  roundtrip::TestInfo info;
  std::function<TestOutcome(const Call&)> body;
};

/// Borrows its tests.
class Suite : public roundtrip::Suite {
 public:
  Suite(const std::vector<Test>& tests, roundtrip::OptionValues options)
      : tests_(tests), options_(std::move(options)) {}

  std::vector<roundtrip::TestInfo> tests() const override {
    std::vector<roundtrip::TestInfo> infos;
    for (const auto& test : tests_) infos.push_back(test.info);
    return infos;
  }

  TestOutcome run(const roundtrip::TestRun& run,
                  const std::vector<const roundtrip::Transform*>& chain) const override {
    for (const auto& test : tests_) {
      if (test.info.name == run.test) return test.body({options_, run, chain});
    }
    return {Status::error, "no test '" + run.test + "'"};
  }

 private:
  const std::vector<Test>& tests_;
  roundtrip::OptionValues options_;
};

/// Offers the suite of these tests, which outlive it.
struct OfferSuite {
  OfferSuite(std::string name, const std::vector<Test>& tests,
             std::vector<roundtrip::OptionInfo> options = {}) {
    roundtrip::detail::RegisterSuite(
        {std::move(name), "made of plain functions", std::move(options),
         [&tests](const std::string&, const roundtrip::OptionValues& values) {
           return std::make_shared<const Suite>(tests, values);
         }});
  }
};

/// Offers a transformation that has a name and the values of its options.
struct OfferTransform {
  OfferTransform(std::string name, std::string description,
                 std::vector<roundtrip::OptionInfo> options = {}) {
    roundtrip::detail::RegisterTransform(
        {name, std::move(description), std::move(options),
         [name](const roundtrip::OptionValues& values) {
           return std::make_shared<roundtrip::Transform>(roundtrip::Transform{name, values});
         }});
  }
};

inline TestOutcome pass(const Call&) {
  return {};
}
inline TestOutcome fail(const Call&) {
  return {Status::failed, "suite.cpp:7: CHECK( 1 == 2 )"};
}

}  // namespace plain
