#include "support/new_file.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/support/folder.h"

using namespace roundtrip;
using test::Folder;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a file is there only once it is committed") {
  Folder folder;
  const fs::path path = folder.path / "result";
  {
    NewFile file(path);
    file.write("lost");
    CHECK(!fs::exists(path));
  }
  CHECK(folder.files() == 0);
  write_file(path, "kept");
  CHECK(text_of(path) == "kept");
  CHECK(folder.files() == 1);
}

TEST_CASE("what a killed process left is removed by the next file, what is being written is not") {
  Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    NewFile file(folder.path / "killed");
    file.write("half");
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(folder.files() == 1);

  NewFile other(folder.path / "other");
  other.write("text");
  CHECK(folder.files() == 1);
  write_file(folder.path / "result", "kept");
  CHECK(folder.files() == 2);
  other.commit();
  CHECK(text_of(folder.path / "other") == "text");
}

TEST_CASE("nothing but temporary files is removed, and no link is followed") {
  Folder folder;
  const fs::path victim = folder.path / "victim";
  std::ofstream(victim) << "precious";
  for (const char* name : {".roundtrip-.tmp", ".roundtrip-1a.tmp", "roundtrip-1.tmp"}) {
    std::ofstream(folder.path / name) << "somebody's";
  }
  fs::create_symlink(victim, folder.path / ".roundtrip-1.tmp");
  fs::create_symlink(victim, folder.path / "result.tmp");
  write_file(folder.path / "result", "kept");
  CHECK(text_of(victim) == "precious");
  CHECK(folder.files() == 7);
}
