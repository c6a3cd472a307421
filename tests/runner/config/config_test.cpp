#include "runner/config/config.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <algorithm>
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

/// What is wrong with the text, a line each, without the file's name: ":line:column: message".
std::string fault_of(const std::string& text) {
  const YamlFile file(text);
  try {
    load_config(file.path());
  } catch (const ConfigError& error) {
    std::string what = error.what();
    const std::string name = file.path().string() + ":";
    REQUIRE(what.starts_with(name));
    for (std::size_t at = 0; (at = what.find(name, at)) != std::string::npos;) {
      what.erase(at, name.size() - 1);
    }
    return what;
  }
  return "no fault";
}

const std::string kHead = "version: 1\n";
const std::string kTransforms = "transforms: {a: {chain: []}}\n";
const std::string kRuns = "runs: [{suites: [S], transforms: [a]}]\n";

using Paths = std::vector<std::filesystem::path>;

}  // namespace

TEST_CASE("a configuration is read whole") {
  const Config config = load(
      "version: 1\n"
      "plugins: [lib, /opt/x.so]\n"
      "transforms:\n"
      "  strict: {chain: [t, u], prefix: P, suffix: _s, xfail: x, only_if_no_xfail: true}\n"
      "  plain: {chain: []}\n"
      "suites: {Corpus: {kind: corpus, folder: ../programs, n: [3, 4]}}\n"
      "runs:\n"
      "  - {suites: [Corpus, Other], transforms: [strict], timeout: 1.5}\n"
      "  - {suites: [Other], transforms: [plain]}\n");
  const auto folder = std::filesystem::temp_directory_path();
  CHECK(config.plugins.added == Paths{folder / "lib", "/opt/x.so"});
  CHECK_FALSE(config.plugins.only);

  const TransformConfig* strict = config.find_transform("strict");
  REQUIRE(strict);
  REQUIRE(strict->chain.size() == 2);
  CHECK(strict->chain[1].name.text == "u");
  CHECK(strict->prefix == "P");
  CHECK(strict->suffix == "_s");
  CHECK(strict->xfail == "x");
  CHECK(strict->only_if_no_xfail);
  CHECK_FALSE(config.find_transform("plain")->only_if_no_xfail);
  CHECK(config.find_transform("absent") == nullptr);

  const SuiteConfig* corpus = config.find_suite("Corpus");
  REQUIRE(corpus != nullptr);
  CHECK(corpus->kind.text == "corpus");
  REQUIRE(corpus->options.size() == 2);
  CHECK(corpus->options[0].name.text == "folder");
  CHECK(corpus->options[0].value == "../programs");
  CHECK(corpus->options[0].folder == folder);
  CHECK_FALSE(corpus->options[0].is_list);
  CHECK(corpus->options[1].value == "3\n4");
  CHECK(corpus->options[1].is_list);
  CHECK(config.find_suite("Other") == nullptr);

  REQUIRE(config.runs.size() == 2);
  TestSettings settings;
  config.runs[0].settings.apply_to(settings);
  CHECK(settings.timeout == 1.5);
  CHECK(config.runs[1].settings.empty());
}

TEST_CASE("a run's plugins are beside the file's, or instead of them") {
  const auto folder = std::filesystem::temp_directory_path();
  const Config config = load(kHead + kTransforms +
                             "only_plugins: [a]\nplugins: [b]\n"
                             "runs:\n"
                             "  - {suites: [S], transforms: [a]}\n"
                             "  - {suites: [S], transforms: [a], plugins: [c]}\n"
                             "  - {suites: [S], transforms: [a], only_plugins: [d], plugins: [c]}\n"
                             "  - {suites: [S], transforms: [a], only_plugins: []}\n");
  std::vector<PluginPlaces> places;
  for (const auto& run : config.runs) places.push_back(config.plugins_of(run));
  CHECK(places[0].only == Paths{folder / "a"});
  CHECK(places[0].added == Paths{folder / "b"});
  CHECK(places[1].only == Paths{folder / "a"});
  CHECK(places[1].added == Paths{folder / "b", folder / "c"});
  CHECK(places[2].only == Paths{folder / "d"});
  CHECK(places[2].added == Paths{folder / "c"});
  CHECK(places[3].only == Paths{});
  CHECK(places[3].added.empty());
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
       ":2:1: unknown key 'transform' in the configuration; did you mean 'transforms'?\n"
       ":3:35: no transform 'a' under 'transforms'"},
      {kHead + "transforms: {a: {chian: []}}\n" + kRuns,
       ":2:17: key 'chain' is missing in transform 'a'\n"
       ":2:18: unknown key 'chian' in transform 'a'; did you mean 'chain'?"},
      {kHead + "transforms: {a: {zzzzzz: []}}\n" + kRuns,
       ":2:17: key 'chain' is missing in transform 'a'\n"
       ":2:18: unknown key 'zzzzzz' in transform 'a'; known are 'chain', 'prefix', 'suffix', "
       "'xfail', 'only_if_no_xfail'"},
      {kHead + "transforms: {a: {}}\n" + kRuns, ":2:17: key 'chain' is missing in transform 'a'"},
      {kHead + "transforms: {a: {chain: {b: {}, c: {}}}}\n" + kRuns,
       ":2:25: 'chain' must be a list, such as [a, b], not a map"},
      {kHead + "transforms: {a: {chain: [[t]]}}\n" + kRuns,
       ":2:26: an entry of 'chain' must be text, not a list"},
      {kHead + "transforms: {a: {chain: [], prefix: {}}}\n" + kRuns,
       ":2:37: 'prefix' must be text, not a map"},
      {kHead + "transforms: {a: {chain: [], only_if_no_xfail: perhaps}}\n" + kRuns,
       ":2:47: 'only_if_no_xfail' must be true or false, not 'perhaps'"},
      {kHead + "transforms: {a: {chain: []}, a: {chain: []}}\n" + kRuns,
       ":2:30: 'a' is given twice in 'transforms'; keep one of them"},
      {kHead + kTransforms + "runs: []\n",
       ":1:1: the configuration has no run; list one under 'runs'"},
      {kHead + kTransforms, ":1:1: the configuration has no run; list one under 'runs'"},
      {kHead + kTransforms + "runs: [{suites: [], transforms: [a]}]\n",
       ":3:17: 'suites' must name at least one"},
      {kHead + kTransforms + "runs:\n  - suites: [S]\n    transforms: [b]\n",
       ":5:18: no transform 'b' under 'transforms'; there are 'a'"},
      {kHead + kTransforms + "runs: [{suites: [S], transforms: [a], timeout: -1}]\n",
       ":3:48: 'timeout' must be a number of seconds above 0, such as 90 or 1.5, and 10000000 at "
       "most, not '-1'"},
      {kHead + kTransforms + "runs: [{suites: [S], transforms: [a], timeout: .nan}]\n",
       ":3:48: 'timeout' must be a number of seconds above 0, such as 90 or 1.5, and 10000000 at "
       "most, not '.nan'"},
      {kHead + kTransforms + "suites: {S: {o: [{}]}}\n" + kRuns,
       ":3:18: an entry of 'o' of suite 'S' must be text, not a map"},
      {kHead + kTransforms + "suites: {S: {o: [\"a\\nb\"]}}\n" + kRuns,
       ":3:18: an entry of 'o' of suite 'S' must be one line"},
      {kHead + kTransforms + "suites: {S: {kind: [k]}}\n" + kRuns,
       ":3:20: 'kind' must be text, not a list"},
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

TEST_CASE("all mistakes are said at once") {
  const std::string fault =
      fault_of(kHead +
               "transforms: {a: {chian: []}}\n"
               "runs: [{suites: [S], transforms: [b], timeout: x, retries: -1}]\n"
               "overrides: [{timeout: 1}, {filter: 'tag('}]\n");
  for (const char* part :
       {":2:18: unknown key 'chian'", ":2:17: key 'chain' is missing", ":3:48: 'timeout' must be",
        ":3:60: 'retries' must be", ":3:35: no transform 'b'", ":4:13: key 'filter' is missing",
        ":4:36: in 'filter', column 4: this '(' is not closed"}) {
    CAPTURE(part);
    CHECK(fault.find(part) != std::string::npos);
  }
}

TEST_CASE("an override cannot ask how tests ended the last time") {
  CHECK(fault_of(kHead + kTransforms + kRuns +
                 "overrides: [{filter: outcome(failed), timeout: 1}]\n") ==
        ":4:22: settings cannot depend on how a test ended the last time: 'outcome' is for "
        "--filter");
}

TEST_CASE("chains with options, marks, overrides, profiles and settings are read") {
  const Config config = load(kHead +
                             "transforms: {a: {chain: [plain, {twice: {times: 3, word: yes}}]}}\n"
                             "defaults: {slow: 5, teardown: true}\n"
                             "overrides: [{filter: tag(slow), timeout: 9}]\n"
                             "xfail: [{test: S.t, property: p, reason: r, issue: i, expires: "
                             "2027-01-31}]\n"
                             "profiles: {ci: {retries: 2, options: {jobs: 4, quiet: true}}}\n" +
                             kRuns);
  const auto& chain = config.transforms.at(0).chain;
  REQUIRE(chain.size() == 2);
  CHECK(chain[0].options.empty());
  CHECK(chain[1].name.text == "twice");
  CHECK(chain[1].options.at(0).name.text == "times");
  CHECK(chain[1].options.at(1).value == "yes");
  TestSettings settings;
  config.defaults.apply_to(settings);
  config.overrides.at(0).settings.apply_to(settings);
  CHECK(settings.slow == 5);
  CHECK(settings.teardown);
  CHECK(settings.timeout == 9);
  CHECK(config.overrides[0].filter.text() == "tag(slow)");
  CHECK(config.xfail.at(0).test.text == "S.t");
  CHECK(config.xfail[0].expires.text == "2027-01-31");
  REQUIRE(config.find_profile("ci"));
  CHECK(config.find_profile("ci")->options.at(1).second == "true");
  CHECK(config.find_profile("absent") == nullptr);
}

TEST_CASE("a matrix makes a run of each cell, with its own values in the run's place") {
  const Config config = load(kHead + kTransforms +
                             "runs:\n"
                             "  - name: nightly\n"
                             "    suites: [S]\n"
                             "    transforms: [a]\n"
                             "    timeout: 7\n"
                             "    environment: {A: a, B: b}\n"
                             "    matrix:\n"
                             "      threads: [1, 2]\n"
                             "      environment: [{B: c}]\n");
  REQUIRE(config.runs.size() == 2);
  CHECK(config.runs[1].name == "nightly (threads=2, environment={B: c})");
  CHECK(config.runs[1].environment == std::map<std::string, std::string>{{"A", "a"}, {"B", "c"}});
  TestSettings settings;
  config.runs[1].settings.apply_to(settings);
  CHECK(settings.threads == 2);
  CHECK(settings.timeout == 7);
}

TEST_CASE("two runs of one name are refused") {
  const std::string run = "{name: n, suites: [S], transforms: [a]}";
  CHECK(fault_of(kHead + kTransforms + "runs: [" + run + ", " + run + "]\n") ==
        ":3:49: two runs are called 'n'");
}

TEST_CASE("an included file gives its sections; its paths are meant from its own folder") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("roundtrip_include_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "shared.yaml") << kHead << kTransforms << "plugins: [lib]\n"
                                        << "defaults: {timeout: 1, slow: 2}\n";
  const std::string include = "include: " + folder.filename().string() + "/shared.yaml\n";
  const Config config = load(kHead + include + "defaults: {timeout: 3}\n" + kRuns);
  CHECK(config.plugins.added == Paths{folder / "lib"});
  TestSettings settings;
  config.defaults.apply_to(settings);
  CHECK(settings.timeout == 3);
  CHECK(settings.slow == 2);
  CHECK(fault_of(kHead + include + kTransforms + kRuns) ==
        ":3:14: the transform 'a' is there already, at " + (folder / "shared.yaml").string() +
            ":2:14");
  std::ofstream(folder / "shared.yaml") << kHead << "include: shared.yaml\n";
  CHECK_THROWS_WITH_AS(
      load_config(folder / "shared.yaml"),
      ((folder / "shared.yaml").string() + ":2:10: 'shared.yaml' includes itself").c_str(),
      ConfigError);
  CHECK(fault_of(kHead + "include: [absent.yaml]\n" + kTransforms + kRuns)
            .starts_with(":2:11: no file '"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("variables of the environment stand in texts") {
  ::setenv("ROUNDTRIP_TEST_TIMEOUT", "12", 1);
  const Config config = load(kHead + kTransforms +
                             "runs: [{suites: [S], transforms: [a], timeout: "
                             "'${ROUNDTRIP_TEST_TIMEOUT}'}]\n");
  TestSettings settings;
  config.runs[0].settings.apply_to(settings);
  CHECK(settings.timeout == 12);
  CHECK(fault_of(kHead + "transforms: {a: {chain: [], prefix: '${ROUNDTRIP_NOT_SET}'}}\n" + kRuns)
            .starts_with(":2:37: the environment variable 'ROUNDTRIP_NOT_SET' is not set"));
}

TEST_CASE("files that include two others each, twice, are read once each") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("roundtrip_twice_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto name = [](int level) { return "level" + std::to_string(level) + ".yaml"; };
  for (int level = 0; level < 30; ++level) {
    std::ofstream(folder / name(level))
        << kHead << "include: [" << name(level + 1) << ", " << name(level + 1) << "]\n";
  }
  std::ofstream(folder / name(30)) << kHead << kTransforms << kRuns;
  CHECK(load_config(folder / name(0)).transforms.size() == 1);
  std::filesystem::remove_all(folder);
}

TEST_CASE("many mistakes are all said") {
  std::string text = kHead + kTransforms + kRuns;
  for (int i = 0; i < 20000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  const std::string faults = fault_of(text);
  CHECK(std::count(faults.begin(), faults.end(), '\n') == 19999);
}

TEST_CASE("control characters are refused, and spelled out where they are quoted") {
  const auto with_prefix = [](const std::string& prefix) {
    return fault_of(kHead + "transforms: {a: {chain: [], prefix: " + prefix + "}}\n" + kRuns);
  };
  CHECK(with_prefix("\"\\e[2J\"").ends_with("'prefix' has control characters or is not UTF-8"));
  CHECK(with_prefix("\"a\\nb\"").ends_with("'prefix' must be one line"));
  CHECK(fault_of(kHead + kTransforms + kRuns + "\"k\\e[2J\": 1\n")
            .ends_with("a key of the configuration has control characters"));
  CHECK(fault_of(kHead + kTransforms + kRuns + "overrides: \"x\\e\\ny\"\n").find("'x\\x1b\\ny'") !=
        std::string::npos);
}
