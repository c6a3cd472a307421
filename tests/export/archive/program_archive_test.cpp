#include "export/archive/program_archive.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "export/archive/record_names.h"
#include "tests/export/archive/support.h"

using namespace roundtrip;
using test::changed_sample;
using test::contains;
using test::load_error;
using test::Records;
namespace fs = std::filesystem;

namespace {

Bytes file_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> corpus() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(ROUNDTRIP_CORPUS))
    if (entry.path().extension() == ".pt2") files.push_back(entry.path());
  return files;
}

Bytes without(std::string_view name) {
  return changed_sample([&](Records& records) {
    std::erase_if(records, [&](const auto& record) { return record.first == name; });
  });
}

Bytes with_text(std::string_view name, std::string_view from, std::string_view to) {
  return changed_sample([&](Records& records) { test::replace_in(records, name, from, to); });
}

/// Flips, cuts, repeats or swaps a few bytes.
Bytes mutate(Bytes bytes, std::mt19937& random) {
  auto place = [&] { return random() % bytes.size(); };
  for (auto edits = 1 + random() % 4; edits > 0; --edits) {
    switch (random() % 4) {
      case 0:
        bytes[place()] = static_cast<char>(random());
        break;
      case 1:
        bytes[place()] ^= static_cast<char>(1 << random() % 8);
        break;
      case 2:
        std::swap(bytes[place()], bytes[place()]);
        break;
      default:
        bytes.erase(bytes.begin() + static_cast<long>(place()));
    }
  }
  return bytes;
}

/// Another number, or the text between two commas replaced by that of two others.
std::string mutate_json(std::string text, std::mt19937& random) {
  auto place = [&] { return random() % text.size(); };
  if (random() % 2) {
    std::size_t digit = text.find_first_of("0123456789", place());
    const char* numbers[] = {"", "-", "7", "9223372036854775807", "1e9", "null", "[]"};
    return digit == text.npos ? text : text.replace(digit, 1, numbers[random() % 7]);
  }
  auto piece = [&] {
    std::size_t begin = std::min(text.find(", ", place()), text.size());
    return std::pair(begin, std::min(text.find(", ", begin + 1), text.size()) - begin);
  };
  auto [to, to_size] = piece();
  auto [from, from_size] = piece();
  return text.replace(to, to_size, std::string(text, from, from_size));
}

/// Loading must succeed or throw ArchiveError; a program that loads can be saved.
bool loads(Bytes bytes) try {
  Program program = read_program(std::move(bytes), {.check_crc = false});
  for (const auto& item : program.weights)
    if (const auto* tensor = std::get_if<at::Tensor>(&item.value().data);
        tensor && tensor->numel() < 1000)
      tensor->sum();
  write_program(program);
  return true;
} catch (const ArchiveError& error) {
  CHECK(std::string_view(error.what()) != "");
  return false;
}

}  // namespace

TEST_CASE("programs saved by Python are saved again byte for byte") {
  std::vector<fs::path> files = corpus();
  REQUIRE(files.size() >= 60);
  fs::path folder = fs::temp_directory_path() / ("roundtrip_identity_" + std::to_string(getpid()));
  fs::create_directory(folder);
  for (const fs::path& file : files) {
    CAPTURE(file.filename().string());
    fs::path copy = folder / file.filename();
    write_program(read_program(file, {}), copy);
    CHECK(file_bytes(copy) == file_bytes(file));
    fs::remove(copy);
  }
  fs::remove(folder);
}

TEST_CASE("an archive in memory is read and written the same") {
  Bytes bytes = write_program(test::sample_program());
  CHECK(write_program(read_program(bytes, {})) == bytes);
}

TEST_CASE("files that cannot be read are named") {
  auto error = [](const fs::path& path) {
    return test::archive_error([&] { read_program(path, {}); });
  };
  CHECK(contains(error("/nowhere/m.pt2"), "'/nowhere/m.pt2': No such file"));
  CHECK(contains(error("/tmp"), "not a regular file"));
  CHECK(contains(error(ROUNDTRIP_CORPUS "/../make_programs.py"),
                 "make_programs.py': not a readable .pt2 archive: it is not a zip file"));
  CHECK(contains(error("/dev/null"), "not a regular file"));
}

TEST_CASE("a flipped byte in weights or JSON is noticed by its CRC") {
  for (std::string_view part : {"carried along", "torch.ops.aten"}) {
    Bytes bytes = write_program(test::sample_program());
    auto at = std::search(bytes.begin(), bytes.end(), part.begin(), part.end());
    *at ^= 1;
    CHECK(contains(load_error(bytes), "do not match its CRC"));
    CHECK(load_error(bytes, {.check_crc = false}) == "");
  }
}

TEST_CASE("format and versions are checked") {
  CHECK(contains(load_error(with_text("archive_format", "pt2", "zip")),
                 "record 'archive_format': expected 'pt2', found 'zip'"));
  CHECK(contains(load_error(with_text("archive_version", "0", "1")),
                 "record 'archive_version': expected '0', found '1'"));
  for (const char* name :
       {"archive_format", "archive_version", "models/model.json", "data/sample_inputs/model.pt",
        "data/weights/weight_0", "data/weights/model_weights_config.json",
        "data/constants/model_constants_config.json"})
    CHECK(contains(load_error(without(name)), std::string("record '") + name + "': "));
}

TEST_CASE("an unknown zip version or byte order is refused") {
  auto patched = [](std::string_view from, std::string_view to) {
    Bytes bytes = write_program(test::sample_program());
    auto at = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
    REQUIRE(at != bytes.end());
    std::copy(to.begin(), to.end(), at);
    return load_error(bytes, {.check_crc = false});
  };
  CHECK(contains(patched("6\nPK", "0\nPK"), "record '.data/version': file format version '0\n'"));
  CHECK(contains(patched("little", "biggie"), "expected 'little', found 'biggie'"));
}

TEST_CASE("pickled payloads of old versions are refused with a hint") {
  Bytes bytes = changed_sample([](Records& records) {
    for (auto& [name, text] : records)
      if (name == "data/weights/model_weights_config.json") name = "data/weights/model.pt";
  });
  CHECK(contains(load_error(bytes), "record 'data/weights/model.pt': pickled payloads"));
}

TEST_CASE("of several models the one that is asked for is loaded") {
  namespace names = record_names;
  Bytes bytes = changed_sample([](Records& records) {
    auto copy = [&](const std::string& from, const std::string& to) {
      auto is_it = [&](const auto& record) { return record.first == from; };
      records.emplace_back(to, std::find_if(records.begin(), records.end(), is_it)->second);
    };
    copy(names::model("model"), names::model("other"));
    copy(names::sample_inputs("model"), names::sample_inputs("other"));
    copy(names::kWeights.config("model"), names::kWeights.config("other"));
    copy(names::kConstants.config("model"), names::kConstants.config("other"));
    test::replace_in(records, names::model("other"), "aten.add", "aten.sub");
  });
  Program other = read_program(bytes, {.model = "other"});
  CHECK(other.graph_module.graph.nodes()[0].target() == "torch.ops.aten.sub.Tensor");
  CHECK(load_error(bytes, {.model = "third"}) ==
        "record 'models/third.json': the archive holds no such model; it holds models/model.json "
        "models/other.json");
  CHECK(contains(load_error(write_program(other), {.model = "other"}), "no such model"));
}

TEST_CASE("an operator that nobody knows is kept") {
  Bytes bytes = test::changed_model("torch.ops.aten.add.Tensor", "torch.ops.nope.nope.default");
  Program program = read_program(bytes, {});
  CHECK(program.graph_module.graph.nodes()[0].target() == "torch.ops.nope.nope.default");
  CHECK(write_program(program) == bytes);
}

TEST_CASE("a program without example inputs has an empty record for them") {
  Program program = test::sample_program();
  program.example_inputs = {};
  CHECK(read_program(write_program(program), {}).example_inputs.view.empty());
}

TEST_CASE("a damaged archive loads or throws ArchiveError, and never crashes") {
  Bytes bytes = write_program(test::sample_program());
  std::mt19937 random(1);
  int loaded = 0;
  for (int i = 0; i < 4000; ++i) loaded += loads(mutate(bytes, random));
  CHECK(loaded > 100);  // damage that no check can see: weights, texts, unused fields
  CHECK(loaded < 3900);
}

TEST_CASE("damaged JSON in an intact zip loads or throws ArchiveError, and never crashes") {
  Records intact = test::records_of(write_program(test::sample_program()));
  std::mt19937 random(2);
  int loaded = 0;
  for (int i = 0; i < 4000; ++i) {
    Records records = intact;
    for (auto& [name, text] : records) {
      if (name.ends_with(".json") && random() % 3 == 0) text = mutate_json(text, random);
    }
    loaded += loads(test::zip_of(records));
  }
  CHECK(loaded > 1000);
  CHECK(loaded < 3900);
}

TEST_CASE("a truncated archive throws ArchiveError at every length") {
  Bytes bytes = write_program(test::sample_program());
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size % 7)
    CHECK_FALSE(loads(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size))));
}
