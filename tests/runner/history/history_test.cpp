#include "runner/history/history.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

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
