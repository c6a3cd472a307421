#include "runner/config/config.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <fstream>

using namespace roundtrip;

namespace {

/// A YAML file that lives as long as the object.
class YamlFile {
 public:
  explicit YamlFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("roundtrip_config_" + std::to_string(::getpid()) + ".yaml")) {
    std::ofstream(path_) << text;
  }
  ~YamlFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Config load(const std::string& text) {
  return load_config(YamlFile(text).path());
}

/// What is wrong with the text, without the file's name: ":line:column: message".
std::string fault_of(const std::string& text) {
  const YamlFile file(text);
  try {
    load_config(file.path());
  } catch (const ConfigError& error) {
    const std::string what = error.what();
    REQUIRE(what.starts_with(file.path().string()));
    return what.substr(file.path().string().size());
  }
  return "no fault";
}

const std::string kHead = "version: 1\n";
const std::string kTransforms = "transforms: {a: {chain: []}}\n";
const std::string kRuns = "runs: [{suites: [S], transforms: [a]}]\n";

}  // namespace

TEST_CASE("a configuration is read whole") {
  const Config config = load(
      "version: 1\n"
      "plugins: [lib, /opt/x.so]\n"
      "transforms:\n"
      "  strict: {chain: [t, u], prefix: P, suffix: _s, xfail: x, only_if_no_xfail: true}\n"
      "  plain: {chain: []}\n"
      "suites: {Corpus: {folder: ../programs, n: 3}}\n"
      "runs:\n"
      "  - {suites: [Corpus, Other], transforms: [strict], timeout: 1.5}\n"
      "  - {suites: [Other], transforms: [plain]}\n");
  const auto folder = std::filesystem::temp_directory_path();
  REQUIRE(config.plugins);
  CHECK(config.plugins->at(0) == folder / "lib");
  CHECK(config.plugins->at(1) == "/opt/x.so");

  const TransformConfig* strict = config.find_transform("strict");
  REQUIRE(strict);
  REQUIRE(strict->chain.size() == 2);
  CHECK(strict->chain[1].text == "u");
  CHECK(strict->prefix == "P");
  CHECK(strict->suffix == "_s");
  CHECK(strict->xfail == "x");
  CHECK(strict->only_if_no_xfail);
  CHECK_FALSE(config.find_transform("plain")->only_if_no_xfail);
  CHECK(config.find_transform("absent") == nullptr);

  CHECK(config.options_for("Corpus")->values.at("folder") == "../programs");
  CHECK(config.options_for("Corpus")->values.at("n") == "3");
  CHECK(config.options_for("Corpus")->config_dir == folder);
  CHECK(config.options_for("Other")->values.empty());
  CHECK(config.options_for("Other")->config_dir == folder);

  REQUIRE(config.runs.size() == 2);
  CHECK(config.runs[0].timeout_seconds == 1.5);
  CHECK(config.runs[1].timeout_seconds == 300);
}

TEST_CASE("without 'plugins' the default is left to the plugin host") {
  CHECK_FALSE(load(kHead + kTransforms + kRuns).plugins);
}

TEST_CASE("a file that cannot be read is named") {
  CHECK_THROWS_WITH_AS(load_config("/nowhere/x.yaml"),
                       "/nowhere/x.yaml: cannot be opened; give the path of a YAML file",
                       ConfigError);
  CHECK_THROWS_AS(load_config("/tmp"), ConfigError);
}

TEST_CASE("a mistake is reported with its line, its column and what was expected") {
  struct Case {
    std::string text;
    std::string fault;
  };
  const Case cases[] = {
      {"", ":1:1: the file must hold exactly one YAML document"},
      {"- a\n", ":1:1: the configuration must be a map (key: value), not a list"},
      {kTransforms + kRuns, ":1:1: key 'version' is missing in the configuration"},
      {"version: 2\n" + kTransforms + kRuns,
       ":1:10: 'version' must be 1: this runner reads no other"},
      {kHead + "transform: {}\n" + kRuns,
       ":2:1: unknown key 'transform' in the configuration; did you mean 'transforms'?"},
      {kHead + "transforms: {a: {chian: []}}\n" + kRuns,
       ":2:18: unknown key 'chian' in transform 'a'; did you mean 'chain'?"},
      {kHead + "transforms: {a: {zzzzzz: []}}\n" + kRuns,
       ":2:18: unknown key 'zzzzzz' in transform 'a'; known are 'chain', 'prefix', 'suffix', "
       "'xfail', 'only_if_no_xfail'"},
      {kHead + "transforms: {a: {}}\n" + kRuns, ":2:17: key 'chain' is missing in transform 'a'"},
      {kHead + "transforms: {a: {chain: t}}\n" + kRuns,
       ":2:25: 'chain' must be a list, such as [a, b], not 't'"},
      {kHead + "transforms: {a: {chain: [[t]]}}\n" + kRuns,
       ":2:26: an entry of 'chain' must be text, not a list"},
      {kHead + "transforms: {a: {chain: [], prefix: {}}}\n" + kRuns,
       ":2:37: 'prefix' must be text, not a map"},
      {kHead + "transforms: {a: {chain: [], only_if_no_xfail: perhaps}}\n" + kRuns,
       ":2:47: 'only_if_no_xfail' must be true or false, not 'perhaps'"},
      {kHead + "transforms: {a: {chain: []}, a: {chain: []}}\n" + kRuns,
       ":2:30: 'a' is given twice in 'transforms'; keep one of them"},
      {kHead + kTransforms + "runs: []\n", ":3:7: 'runs' must be a list with at least one run"},
      {kHead + kTransforms, ":1:1: key 'runs' is missing in the configuration"},
      {kHead + kTransforms + "runs: [{suites: [], transforms: [a]}]\n",
       ":3:17: 'suites' must name at least one"},
      {kHead + kTransforms + "runs:\n  - suites: [S]\n    transforms: [b]\n",
       ":5:18: no transform 'b' under 'transforms'; did you mean 'a'?"},
      {kHead + kTransforms + "runs: [{suites: [S], transforms: [a], timeout: -1}]\n",
       ":3:48: 'timeout' must be a number of seconds above 0, not '-1'"},
      {kHead + kTransforms + "runs: [{suites: [S], transforms: [a], timeout: .nan}]\n",
       ":3:48: 'timeout' must be a number of seconds above 0, not '.nan'"},
      {kHead + kTransforms + "suites: {S: {o: [1]}}\n" + kRuns,
       ":3:17: option 'o' of suite 'S' must be text or a number"},
      {kHead + "transforms: {a: *nobody}\n",
       ":2:17: not valid YAML: the referenced anchor is not "
       "defined"},
      {kHead + "transforms: [a\n", ":3:1: not valid YAML: end of sequence flow not found"},
  };
  for (const auto& item : cases) {
    CAPTURE(item.text);
    CHECK(fault_of(item.text) == item.fault);
  }
}

TEST_CASE("nesting without end is refused, not followed") {
  CHECK(fault_of(kHead + "runs: " + std::string(100'000, '[')).find("not valid YAML") !=
        std::string::npos);
}
