#include "runner/report/report_file.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/support/folder.h"

using namespace roundtrip;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a report replaces the one before it and leaves nothing else") {
  const test::Folder folder;
  const fs::path file = folder.path / "report.xml";
  write_report_file(file, "first, and longer");
  write_report_file(file, "second");
  CHECK(content(file) == "second");
  CHECK(folder.files() == 1);
}

TEST_CASE("a report that cannot be written is an error with path and reason") {
  const test::Folder folder;
  const std::string absent = (folder.path / "absent/report.xml").string();
  CHECK_THROWS_WITH_AS(
      write_report_file(absent, "text"),
      ("cannot write the report " + absent + ": No such file or directory; choose another path")
          .c_str(),
      Error);
  fs::create_directory(folder.path / "folder");
  CHECK_THROWS_AS(write_report_file(folder.path / "folder", "text"), Error);
  CHECK(folder.files() == 1);
}

TEST_CASE("a device is written to, not replaced") {
  CHECK_THROWS_WITH_AS(write_report_file("/dev/full", "text"),
                       "cannot write the report /dev/full: No space left on device; choose "
                       "another path",
                       Error);
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("a report's folders are made, and its path is tried, before there is a report") {
  const test::Folder folder;
  const fs::path file = folder.path / "new/folder/report.xml";
  CHECK(prepare_report_file(file) == file);
  CHECK(fs::is_directory(file.parent_path()));
  CHECK(fs::is_empty(file.parent_path()));
  CHECK(prepare_report_file("r.xml") == fs::current_path() / "r.xml");
  CHECK(prepare_report_file("/dev/null") == "/dev/null");
  write_report_file(file, "kept");
  prepare_report_file(file);
  CHECK(content(file) == "kept");
  CHECK_THROWS_WITH_AS(prepare_report_file(file / "below"),
                       ("cannot write the report " + (file / "below").string() +
                        ": Not a directory; choose another path")
                           .c_str(),
                       Error);
  CHECK_THROWS_AS(prepare_report_file(folder.path), Error);
}
