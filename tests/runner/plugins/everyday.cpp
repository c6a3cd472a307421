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
                                      {{.name = "test_passes", .file = "everyday.cpp", .line = 11}, pass},
                                      {{.name = "test_fails", .file = "everyday.cpp", .line = 12}, fail},
                                      {{.name = "test_errs"},
                                       [](const Call&) {
                                         return TestOutcome{Status::error, "threw"};
                                       }},
                                      {{.name = "test_skips"},
                                       [](const Call&) {
                                         return TestOutcome{Status::skipped, "needs a GPU"};
                                       }},
                                      {{.name = "test_xfails", .xfail = {{"serdes"}, {"other"}}}, fail},
                                      {{.name = "test_xpasses", .xfail = {{"serdes"}}}, pass},
                                      {{.name = "test_marked_other", .xfail = {{"other"}}}, pass},
                                      {{.name = "test_prints"}, print_to_both},
                                      {{.name = "test_chain"}, tell_chain},
                                      {{.name = "test_options"}, tell_options},
                                      {{.name = "test_process"}, tell_process},
                                  });

const Suite kSharing("Sharing", {
                                    {{.name = "test_data"},
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
    return {{.name = found->second}};
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
