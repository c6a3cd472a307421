#include "export/archive/output.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "tests/export/archive/support.h"
#include "tests/support/folder.h"

using namespace roundtrip;
using test::contains;
using test::Folder;
namespace fs = std::filesystem;

namespace {

/// No file may grow beyond `size` while this lives: a disk that is full.
struct FullDisk {
  explicit FullDisk(rlim_t size) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit limit{size, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before); }
  rlimit before;
};

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string save_error(const fs::path& path) {
  return test::archive_error([&] { write_program(test::sample_program(), path); });
}

}  // namespace

TEST_CASE("the root folder is the file's stem") {
  Folder folder;
  for (const char* name : {"a.b.pt2", "caf\u00e9.pt2", "with space.pt2"}) {
    write_program(test::sample_program(), folder.path / name);
    std::string stem = fs::path(name).stem().string();
    CHECK(contains(contents(folder.path / name), stem + "/models/model.json"));
    CHECK_NOTHROW(read_program(folder.path / name, {}));
  }
  CHECK(folder.files() == 3);
}

TEST_CASE("names that are no .pt2 are refused") {
  Folder folder;
  for (const char* name : {".pt2", "model.pt", "model", "model.pt2.zip"})
    CHECK(contains(save_error(folder.path / name), "its name must end in .pt2"));
  CHECK(contains(save_error(folder.path / "...pt2"), "cannot be the root folder"));
  CHECK(folder.files() == 0);
}

TEST_CASE("a failed save leaves nothing behind and harms nothing") {
  Folder folder;
  fs::path path = folder.path / "model.pt2";
  std::ofstream(path) << "precious";
  {
    FullDisk full(1000);
    CHECK(contains(save_error(path), "cannot write"));
    CHECK(contains(save_error(folder.path / "new.pt2"), "File too large"));
  }
  CHECK(contents(path) == "precious");
  CHECK(folder.files() == 1);
}

TEST_CASE("places that cannot be written to are named") {
  Folder folder;
  fs::create_directory(folder.path / "dir.pt2");
  fs::create_symlink("/dev/full", folder.path / "full.pt2");
  CHECK(contains(save_error(folder.path / "dir.pt2"), "dir.pt2': it is not a regular file"));
  CHECK(contains(save_error(folder.path / "full.pt2"), "full.pt2': it is not a regular file"));
  CHECK(contains(save_error(folder.path / "none" / "m.pt2"), "No such file or directory"));
  CHECK(contains(save_error("/proc/m.pt2"), "cannot write '/proc/m.pt2'"));
}

TEST_CASE("a stream that takes no more bytes is an error") {
  std::ofstream full("/dev/full", std::ios::binary);
  CHECK(contains(test::archive_error([&] { write_program(test::sample_program(), full); }),
                 "cannot write the archive"));
  std::ostringstream stream;
  write_program(test::sample_program(), stream);
  std::string text = stream.str();
  CHECK(Bytes(text.begin(), text.end()) == write_program(test::sample_program()));
}

TEST_CASE("a file can be replaced by the program whose weights are mapped from it") {
  Folder folder;
  fs::path path = folder.path / "model.pt2";
  write_program(test::sample_program(), path);
  Program program = read_program(path, {});
  auto& weight = std::get<at::Tensor>(program.weights["w"].data);
  std::string before = contents(path);
  weight.detach().mul_(2);
  CHECK(contents(path) == before);  // writes never reach the file
  write_program(program, path);
  CHECK(at::equal(std::get<at::Tensor>(read_program(path, {}).weights["w"].data), weight));
  CHECK(at::equal(weight, at::arange(6, at::kFloat).reshape({2, 3}) * 2));
}

TEST_CASE("a replaced file keeps its permissions, a link stays a link") {
  Folder folder;
  fs::path path = folder.path / "model.pt2";
  fs::path link = folder.path / "link.pt2";
  write_program(test::sample_program(), path);
  ::chmod(path.c_str(), 0640);
  fs::create_symlink(path, link);
  write_program(test::sample_program(), link);
  CHECK(fs::is_symlink(link));
  CHECK(fs::status(path).permissions() == fs::perms{0640});
  CHECK(contains(contents(path), "link/models/model.json"));
}
