#include <roundtrip/error.h>

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "plain_suite.h"

// Well-behaved suites: every outcome a test can state itself.

using namespace plain;
using OptionType = roundtrip::OptionInfo::Type;

namespace {

/// What the fixture of a suite shares: set up once while the library is loaded.
const std::string kSharedData = "made at load";

TestOutcome tell_chain(const Call& call) {
  std::string names;
  for (const auto* transform : call.chain) names += transform->name + ";";
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

TestOutcome tell_setup(const Call& call) {
  const char* word = std::getenv("EVERYDAY_WORD");
  return {Status::failed, std::to_string(call.setup.threads) + " threads, seed " +
                              std::to_string(call.setup.seed) + ", " + call.setup.dtype +
                              ", word " + (word ? word : "-")};
}

TestOutcome tell_values(const Call& call) {
  for (const auto* transform : call.chain) {
    if (transform->name != "third") continue;
    const auto& values = transform->options;
    std::printf("%ld %g %s %s", static_cast<long>(values.integer("times")), values.number("ratio"),
                values.flag("loud") ? "loud" : "quiet", values.text("word").c_str());
  }
  return {};
}

/// Fails the first time in its folder, and passes from then on.
TestOutcome fail_once(const Call& call) {
  const auto file = call.options.config_dir / "tried";
  if (std::filesystem::exists(file)) return {};
  std::ofstream(file) << "once";
  std::printf("first try");
  return {Status::failed, "the first try"};
}

/// Passes twice in its folder, and fails from then on.
TestOutcome wear_out(const Call& call) {
  const auto file = call.options.config_dir / "worn";
  std::ofstream(file, std::ios::app) << "x";
  if (std::filesystem::file_size(file) < 3) return {};
  return {Status::failed, "worn out"};
}

/// Adds its name to a file, so that tests see the order in which others ran.
roundtrip::TestOutcome note(const Call& call, const char* name) {
  std::ofstream(call.options.config_dir / "order", std::ios::app) << name;
  return {};
}

const Suite kOrdered(
    "Ordered", {
                   {{.name = "a"}, [](const Call& call) { return note(call, "a"); }},
                   {{.name = "b", .tags = {"slow"}},
                    [](const Call& call) { return ::usleep(150'000), note(call, "b"); }},
                   {{.name = "c"}, [](const Call& call) { return note(call, "c"), fail(call); }},
                   {{.name = "d"}, [](const Call& call) { return note(call, "d"); }},
                   {{.name = "e"}, [](const Call& call) { return note(call, "e"), fail(call); }},
                   {{.name = "f"}, [](const Call& call) { return note(call, "f"); }},
               });

const Suite kTelling("Telling", {
                                    {{.name = "test_setup"}, tell_setup},
                                    {{.name = "test_threads", .threads = 3}, tell_setup},
                                    {{.name = "test_values"}, tell_values},
                                    {{.name = "test_flaky", .tags = {"unsteady"}}, fail_once},
                                    {{.name = "test_wears_out"}, wear_out},
                                });

const Suite kEveryday("Everyday",
                      {
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
const roundtrip::detail::RegisterSuite register_ordered(kOrdered);
const roundtrip::detail::RegisterSuite register_telling(kTelling);
const roundtrip::detail::RegisterSuite register_listed(kListed);
const OfferTransform offer_first("first", "does nothing");
const OfferTransform offer_second("second", "nothing either");
const OfferTransform offer_third("third", "has options",
                                 {{"times", OptionType::integer, "2", "how often"},
                                  {"ratio", OptionType::number, "0.5", "how much"},
                                  {"loud", OptionType::flag, "false", "whether it says so"},
                                  {"word", OptionType::text, "yes", "what it says"}});

}  // namespace

ROUNDTRIP_PLUGIN("everyday", "1.2", "Tests that behave");
