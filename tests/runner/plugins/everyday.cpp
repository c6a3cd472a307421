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
  return {Status::failed,
          call.options.text("folder") + "|" + std::to_string(call.options.integer("n"))};
}

TestOutcome tell_names(const Call& call) {
  const auto& run = call.run;
  return {Status::failed, run.test_class + "." + run.test + "|" + run.derived_class + "." +
                              run.derived_name + "|" + run.suffix + "|" + run.xfail_property};
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
  return {Status::failed, std::to_string(call.run.setup.threads) + " threads, seed " +
                              std::to_string(call.run.setup.seed) + ", " + call.run.setup.dtype +
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
  const auto file = call.options.path("folder") / "tried";
  if (std::filesystem::exists(file)) return {};
  std::ofstream(file) << "once";
  std::printf("first try");
  return {Status::failed, "the first try"};
}

/// Passes twice in its folder, and fails from then on.
TestOutcome wear_out(const Call& call) {
  const auto file = call.options.path("folder") / "worn";
  std::ofstream(file, std::ios::app) << "x";
  if (std::filesystem::file_size(file) < 3) return {};
  return {Status::failed, "worn out"};
}

/// Adds its name to a file, so that tests see the order in which others ran.
roundtrip::TestOutcome note(const Call& call, const char* name) {
  std::ofstream(call.options.path("folder") / "order", std::ios::app) << name;
  return {};
}

const std::vector<Test> kOrdered{
    {{.name = "a"}, [](const Call& call) { return note(call, "a"); }},
    {{.name = "b", .tags = {"slow"}},
     [](const Call& call) { return ::usleep(150'000), note(call, "b"); }},
    {{.name = "c"}, [](const Call& call) { return note(call, "c"), fail(call); }},
    {{.name = "d"}, [](const Call& call) { return note(call, "d"); }},
    {{.name = "e"}, [](const Call& call) { return note(call, "e"), fail(call); }},
    {{.name = "f"}, [](const Call& call) { return note(call, "f"); }},
};

/// Prints what the runner says at the end of a run of one skipped test.
const std::vector<Test> kLiar{
    {{.name = "test_lies"},
     [](const Call&) -> TestOutcome {
       std::printf("\n\n0 passed, 0 failed, 1 skipped\n");
       std::fflush(stdout);
       return {Status::failed, "it did fail"};
     }},
};

const std::vector<Test> kTelling{
    {{.name = "test_setup"}, tell_setup},
    {{.name = "test_threads", .threads = 3}, tell_setup},
    {{.name = "test_values"}, tell_values},
    {{.name = "test_flaky", .tags = {"unsteady"}}, fail_once},
    {{.name = "test_wears_out"}, wear_out},
};

TestOutcome print_escapes(const Call&) {
  std::printf(
      "\x1B[31mred\x1B[0m \x1B]8;;https://a\x07link\x1B]8;;\x07 \xC2\x9B"
      "1mbold\x9B"
      "0m\n");
  std::printf(" 10%%\r 50%%\r100%%\n");
  return {Status::failed, "\x1B[1mloud\x1B[0m"};
}

TestOutcome print_commands(const Call&) {
  std::printf("::set-output name=a::b\n  ::add-mask::secret\nx ##[add-mask]secret\n");
  return {Status::failed, "::error::not ours"};
}

TestOutcome change_folder(const Call&) {
  return {::chdir("/") == 0 ? Status::passed : Status::failed, ""};
}

const std::vector<Test> kPrinting{
    {{.name = "test_escapes"}, print_escapes},
    {{.name = "test_commands"}, print_commands},
    {{.name = "test_folder"}, change_folder},
};

const std::vector<Test> kEveryday{
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
    {{.name = "test_names"}, tell_names},
    {{.name = "test_process"}, tell_process},
};

const std::vector<Test> kSharing{
    {{.name = "test_data"},
     [](const Call&) {
       return TestOutcome{Status::failed, kSharedData};
     }},
};

/// Suites of this kind have the tests that an option lists, each of a class of its own.
class Listed final : public roundtrip::Suite {
 public:
  Listed(std::string name, const roundtrip::OptionValues& options)
      : name_(std::move(name)), options_(options) {}

  std::vector<roundtrip::TestInfo> tests() const override {
    std::vector<roundtrip::TestInfo> infos;
    for (const auto& test : options_.texts("tests")) {
      if (test.empty()) throw roundtrip::Error("a test without a name");
      infos.push_back({.name = test, .class_name = options_.text("class")});
    }
    if (infos.empty()) throw roundtrip::Error("no test is listed");
    return infos;
  }

  TestOutcome run(const roundtrip::TestRun& run,
                  const std::vector<const roundtrip::Transform*>&) const override {
    return {Status::failed, name_ + ": " + run.test_class + "." + run.test + ", " +
                                options_.text("mood") + ", " + options_.text("file")};
  }

 private:
  std::string name_;
  roundtrip::OptionValues options_;
};

using roundtrip::choice_option;
using roundtrip::list_option;
using roundtrip::option;
using roundtrip::path_option;
using roundtrip::required;

ROUNDTRIP_SUITE_KIND(Listed, "listed", "tests by name",
                     required(list_option("tests", "", "names of tests")),
                     option("class", "", "their class"),
                     choice_option("mood", {"calm", "wild"}, "how they are"),
                     path_option("file", "", "a file"));

const roundtrip::OptionInfo kFolder = path_option("folder", ".", "where files are made");
const OfferSuite offer_everyday("Everyday", kEveryday, {kFolder, option("n", 1, "a number")});
const OfferSuite offer_sharing("Sharing", kSharing);
const OfferSuite offer_ordered("Ordered", kOrdered, {kFolder});
const OfferSuite offer_liar("Liar", kLiar);
const OfferSuite offer_printing("Printing", kPrinting);
const OfferSuite offer_telling("Telling", kTelling, {kFolder});
const OfferTransform offer_first("first", "does nothing");
const OfferTransform offer_second("second", "nothing either");
const OfferTransform offer_third("third", "has options",
                                 {{"times", OptionType::integer, "2", "how often"},
                                  {"ratio", OptionType::number, "0.5", "how much"},
                                  {"loud", OptionType::flag, "false", "whether it says so"},
                                  {"word", OptionType::text, "yes", "what it says"}});

}  // namespace

ROUNDTRIP_PLUGIN("everyday", "1.2", "Tests that behave");
