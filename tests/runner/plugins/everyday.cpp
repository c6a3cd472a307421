#include <roundtrip/error.h>

#include <unistd.h>
#include <cstdio>
#include <iostream>

#include "plain_suite.h"

// Well-behaved suites: every outcome a test can state itself.

using namespace plain;

namespace {

const roundtrip::Transform kFirst{"first"};
const roundtrip::Transform kSecond{"second"};

/// What the fixture of a suite shares: set up once while the library is loaded.
const std::string kSharedData = "made at load";

TestOutcome tell_chain(const Call& call) {
  std::string names;
  for (const auto* transform : call.chain) names += std::string(transform->name) + ";";
  return {Status::failed, "chain: " + names};
}

TestOutcome tell_options(const Call& call) {
  std::string text = call.options.config_dir.string();
  for (const auto& [key, value] : call.options.values) text += "|" + key + "=" + value;
  return {Status::failed, text};
}

TestOutcome tell_process(const Call&) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  const char* tunables = std::getenv("GLIBC_TUNABLES");
  std::printf("pid %d group %d\n", getpid(), getpgrp());
  return {Status::failed, std::string(threads ? threads : "-") + " " + (tunables ? tunables : "-")};
}

TestOutcome print_to_both(const Call&) {
  std::cout << "to cout\n";
  std::fputs("to stderr\n", stderr);
  std::printf("no newline at the end");
  return {Status::failed, "printed"};
}

const Suite kEveryday("Everyday", {
                                      {{"test_passes", {}, "everyday.cpp", 11}, pass},
                                      {{"test_fails", {}, "everyday.cpp", 12}, fail},
                                      {{"test_errs", {}, "", 0},
                                       [](const Call&) {
                                         return TestOutcome{Status::error, "threw"};
                                       }},
                                      {{"test_skips", {}, "", 0},
                                       [](const Call&) {
                                         return TestOutcome{Status::skipped, "needs a GPU"};
                                       }},
                                      {{"test_xfails", {"serdes", "other"}, "", 0}, fail},
                                      {{"test_xpasses", {"serdes"}, "", 0}, pass},
                                      {{"test_marked_other", {"other"}, "", 0}, pass},
                                      {{"test_prints", {}, "", 0}, print_to_both},
                                      {{"test_chain", {}, "", 0}, tell_chain},
                                      {{"test_options", {}, "", 0}, tell_options},
                                      {{"test_process", {}, "", 0}, tell_process},
                                  });

const Suite kSharing("Sharing", {
                                    {{"test_data", {}, "", 0},
                                     [](const Call&) {
                                       return TestOutcome{Status::failed, kSharedData};
                                     }},
                                });

/// Its tests are entries of an option.
class Listed final : public Suite {
 public:
  Listed() : Suite("Listed", {}) {}
  std::vector<roundtrip::TestInfo> tests(const roundtrip::SuiteOptions& options) const override {
    const auto found = options.values.find("test");
    if (found == options.values.end()) throw roundtrip::Error("option 'test' is missing");
    return {{found->second, {}, "", 0}};
  }
};
const Listed kListed;

const roundtrip::detail::RegisterSuite register_everyday(kEveryday);
const roundtrip::detail::RegisterSuite register_sharing(kSharing);
const roundtrip::detail::RegisterSuite register_listed(kListed);
const roundtrip::detail::RegisterTransform register_first("first", "does nothing", kFirst);
const roundtrip::detail::RegisterTransform register_second("second", "nothing either", kSecond);

}  // namespace

ROUNDTRIP_PLUGIN("everyday", "1.2", "Tests that behave");
