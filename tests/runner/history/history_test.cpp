#include "runner/history/history.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <cstdlib>
#include <fstream>

#include "runner/history/journal.h"
#include "tests/support/folder.h"

using namespace roundtrip;
namespace fs = std::filesystem;

namespace {

PlannedTest planned(const std::string& name) {
  PlannedTest test;
  test.class_name = "Suite";
  test.name = name;
  return test;
}

History load(const fs::path& file) {
  std::string warning;
  History history = History::load(file, warning);
  CHECK(warning == "");
  return history;
}

/// Writes the journal of a run that has one result, and does not come to its end.
void write_journal(const fs::path& file, const PlannedTest& test, bool goes_on) {
  JournalReporter reporter(file, goes_on);
  reporter.test_finished(make_result(test, {Outcome::failed, 0.5, "why", "said"}));
}

}  // namespace

TEST_CASE("history keeps the last outcome, and a mean of times in which later ones count more") {
  const test::Folder folder;
  const fs::path file = folder.path / "history.json";
  CHECK(load(file).find("Suite.a") == nullptr);
  const PlannedTest test = planned("a");
  History first;
  first.add(make_result(test, {Outcome::failed, 4}));
  first.save(file);
  History history = load(file);
  history.add(make_result(test, {Outcome::passed, 2}));
  history.save(file);

  const History read = load(file);
  const auto* entry = read.find("Suite.a");
  REQUIRE(entry);
  CHECK(entry->outcome == "passed");
  CHECK(entry->seconds == 3);
  CHECK_FALSE(entry->is_bad);
}

TEST_CASE("of the repetitions of a test a bad one counts") {
  PlannedTest once = planned("a"), again = planned("a"), third = planned("a");
  again.repetition = 2;
  third.repetition = 3;
  History history;
  history.add(make_result(once, {Outcome::passed, 1}));
  history.add(make_result(again, {Outcome::failed, 1}));
  history.add(make_result(third, {Outcome::passed, 1}));
  REQUIRE(history.find("Suite.a"));
  CHECK(history.find("Suite.a")->is_bad);
  CHECK(history.find("Suite.a")->outcome == "failed");
}

TEST_CASE("a damaged history is as good as none, and is said") {
  const test::Folder folder;
  const fs::path file = folder.path / "history.json";
  for (const char* text : {"", "{", "[]", "{\"tests\": 3}", "{\"tests\": {\"a\": {}}}",
                           "{\"tests\": {\"a\": {\"outcome\": 1, \"seconds\": 1, \"bad\": 1}}}"}) {
    std::ofstream(file) << text;
    std::string warning;
    CHECK(History::load(file, warning).find("a") == nullptr);
    CHECK(warning == file.string() + " is damaged; the history of earlier runs begins anew");
  }
}

TEST_CASE("each configuration has a folder of its own, where the environment allows one") {
  ::unsetenv("TEST_TMPDIR");
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  const fs::path one = history_folder("/a/c.yaml");
  CHECK(one.string().starts_with("/cache/roundtrip/c-"));
  CHECK(history_folder("/b/c.yaml") != one);
  CHECK(history_folder("/a/../a/c.yaml") == one);
  ::setenv("TEST_TMPDIR", "/bazel", 1);
  CHECK(history_folder("/a/c.yaml").string().starts_with("/bazel/roundtrip/c-"));
  ::unsetenv("TEST_TMPDIR");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  ::setenv("HOME", "/home/me", 1);
  CHECK(history_folder("/a/c.yaml").string().starts_with("/home/me/.cache/roundtrip/c-"));
  ::unsetenv("HOME");
  CHECK(history_folder("/a/c.yaml").empty());
}

TEST_CASE("a journal gives back each result, and loses only the line that was cut off") {
  const test::Folder folder;
  const fs::path file = folder.path / "new/journal.jsonl";
  CHECK_FALSE(read_journal(file).exists);
  const PlannedTest a = planned("a"), b = planned("b"), c = planned("c");
  write_journal(file, a, false);
  write_journal(file, b, true);
  fs::resize_file(file, fs::file_size(file) - 20);
  write_journal(file, c, true);

  const Journal journal = read_journal(file);
  CHECK(journal.exists);
  CHECK_FALSE(journal.is_complete);
  CHECK_FALSE(journal.result_of(b));
  CHECK(journal.result_of(c));
  const auto result = journal.result_of(a);
  REQUIRE(result);
  CHECK(result->test == &a);
  CHECK(result->is_resumed);
  CHECK(result->last().message == "why");
}

TEST_CASE("a journal that is begun anew forgets, and knows whether the run came to its end") {
  const test::Folder folder;
  const fs::path file = folder.path / "journal.jsonl";
  const PlannedTest a = planned("a"), b = planned("b");
  write_journal(file, a, false);
  {
    JournalReporter reporter(file, false);
    RunResults results;
    results.planned = 1;
    reporter.run_finished(results);
    CHECK_FALSE(read_journal(file).is_complete);
    reporter.test_finished(make_result(b, {Outcome::passed, 0.5}));
    results.tests.push_back(make_result(b, {Outcome::passed, 0.5}));
    reporter.run_finished(results);
  }
  const Journal journal = read_journal(file);
  CHECK(journal.is_complete);
  CHECK_FALSE(journal.result_of(a));
  CHECK(journal.result_of(b));
}

TEST_CASE("two runs do not write one journal") {
  const test::Folder folder;
  const fs::path file = folder.path / "journal.jsonl";
  const JournalReporter first(file, false);
  CHECK_THROWS_WITH_AS(
      JournalReporter(file, false),
      (file.string() + ": another run of this configuration is writing it").c_str(), Error);
  CHECK_THROWS_AS(JournalReporter("/dev/null/journal", false), Error);
}
