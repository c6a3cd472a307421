#include "runner/history/journal.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/support/folder.h"

using namespace roundtrip;
namespace fs = std::filesystem;

namespace {

std::vector<PlannedTest> plan(const std::vector<std::string>& names) {
  std::vector<PlannedTest> tests;
  for (const auto& name : names) {
    tests.emplace_back();
    tests.back().class_name = "Suite";
    tests.back().name = name;
  }
  return tests;
}

const RunFacts kFacts = {{"", {{"the setting 'seed'", "1"}}}};

/// Writes the journal of a run that plans these tests, and gets to one.
void write_journal(const fs::path& file, const std::vector<PlannedTest>& tests,
                   const PlannedTest& finished, bool goes_on) {
  const Journal earlier = read_journal(file);
  JournalReporter reporter(file, tests, kFacts, goes_on ? &earlier : nullptr);
  reporter.test_finished(make_result(finished, {Outcome::failed, 0.5, "why", "said"}));
}

}  // namespace

TEST_CASE("a journal gives back each result, and loses only the line that was cut off") {
  const test::Folder folder;
  const fs::path file = folder.path / "new/journal.jsonl";
  CHECK_FALSE(read_journal(file).exists);
  const auto tests = plan({"a", "b", "c"});
  write_journal(file, tests, tests[0], false);
  write_journal(file, tests, tests[1], true);
  fs::resize_file(file, fs::file_size(file) - 20);
  write_journal(file, tests, tests[2], true);

  const Journal journal = read_journal(file);
  CHECK(journal.exists);
  CHECK(journal.facts == kFacts);
  CHECK_FALSE(journal.is_complete());
  CHECK_FALSE(journal.result_of(tests[1]));
  CHECK(journal.result_of(tests[2]));
  const auto result = journal.result_of(tests[0]);
  REQUIRE(result);
  CHECK(result->test == &tests[0]);
  CHECK(result->is_resumed);
  CHECK(result->last().message == "why");
}

TEST_CASE("a journal that is started over forgets, and knows whether the run came to its end") {
  const test::Folder folder;
  const fs::path file = folder.path / "journal.jsonl";
  const auto tests = plan({"a", "b"});
  write_journal(file, {tests[0]}, tests[0], false);
  CHECK(read_journal(file).is_complete());
  write_journal(file, {tests[1]}, tests[1], false);
  const Journal journal = read_journal(file);
  CHECK(journal.is_complete());
  CHECK_FALSE(journal.result_of(tests[0]));
  CHECK(journal.result_of(tests[1]));
}

TEST_CASE("a run is over when all tests have results of those that it and those after it planned") {
  const test::Folder folder;
  const fs::path file = folder.path / "journal.jsonl";
  const auto tests = plan({"a", "b", "c"});
  write_journal(file, {tests[0], tests[1]}, tests[0], false);
  write_journal(file, {tests[0]}, tests[0], true);  // a part of them
  CHECK_FALSE(read_journal(file).is_complete());
  write_journal(file, {tests[1], tests[2]}, tests[1], true);
  CHECK_FALSE(read_journal(file).is_complete());
  write_journal(file, {tests[2]}, tests[2], true);
  CHECK(read_journal(file).is_complete());
}

TEST_CASE("two runs do not write one journal") {
  const test::Folder folder;
  const fs::path file = folder.path / "journal.jsonl";
  const JournalReporter first(file, {}, {}, nullptr);
  CHECK_THROWS_WITH_AS(
      JournalReporter(file, {}, {}, nullptr),
      (file.string() + ": another run of this configuration is writing it").c_str(), Error);
  CHECK_THROWS_AS(JournalReporter("/dev/null/journal", {}, {}, nullptr), Error);
}
