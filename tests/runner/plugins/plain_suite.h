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
  const roundtrip::SuiteOptions& options;
  const roundtrip::TestSetup& setup;
  const std::vector<const roundtrip::Transform*>& chain;
};

struct Test {
  roundtrip::TestInfo info;
  std::function<TestOutcome(const Call&)> body;
};

class Suite : public roundtrip::SuiteEntry {
 public:
  Suite(std::string name, std::vector<Test> tests)
      : name_(std::move(name)), tests_(std::move(tests)) {}

  std::string name() const override { return name_; }
  std::string description() const override { return "made of plain functions"; }

  std::vector<roundtrip::TestInfo> tests(const roundtrip::SuiteOptions&) const override {
    std::vector<roundtrip::TestInfo> infos;
    for (const auto& test : tests_) infos.push_back(test.info);
    return infos;
  }

  TestOutcome run(const std::string& name, const roundtrip::SuiteOptions& options,
                  const std::vector<const roundtrip::Transform*>& chain,
                  const roundtrip::TestSetup& setup) const override {
    for (const auto& test : tests_) {
      if (test.info.name == name) return test.body({options, setup, chain});
    }
    return {Status::error, "no test '" + name + "'"};
  }

 private:
  std::string name_;
  std::vector<Test> tests_;
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
