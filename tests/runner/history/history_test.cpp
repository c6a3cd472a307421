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

}  // namespace

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

TEST_CASE("a history that cannot be read is as good as none, and is said") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  std::string warning;
  CHECK(History::load(folder.path, warning).find("a") == nullptr);
  CHECK(warning == "");
  std::ofstream(folder.path / "history.json") << "{}";
  History::load(folder.path, warning);
  CHECK(warning == (folder.path / "history.json").string() +
                       " is of an earlier version and is not read; the history starts over");
  std::ofstream(file) << "no database, whatever its name says; and rather long, as they are";
  History::load(folder.path, warning);
  CHECK(warning == file.string() + " is damaged; this run knows nothing of earlier ones");
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
