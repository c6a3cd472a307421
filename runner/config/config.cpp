#include "runner/config/config.h"

#include <algorithm>
#include <fstream>

#include "runner/config/section.h"
#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

constexpr const char* kVersion = "1";

YAML::Node parse_file(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file)) {
    throw ConfigError(file.string() + ": cannot be opened; give the path of a YAML file");
  }
  try {
    const auto documents = YAML::LoadAll(stream);
    if (documents.size() == 1) return documents.front();
  } catch (const YAML::ParserException& error) {
    fail_at({file.string(), error.mark.line + 1, error.mark.column + 1},
            "not valid YAML: " + error.msg);
  } catch (const YAML::Exception& error) {
    throw ConfigError(file.string() + ": not valid YAML: " + error.msg);
  }
  throw ConfigError(file.string() + ":1:1: the file must hold exactly one YAML document");
}

void check_version(const std::string& file, const YAML::Node& version) {
  if (version.IsScalar() && version.Scalar() == kVersion) return;
  fail_at(place_of(file, version), "'version' must be 1: this runner reads no other");
}

TransformConfig read_transform(const std::string& file, const NamedNode& entry) {
  const Section section(file, entry.node, "transform '" + entry.name.text + "'",
                        {"chain", "prefix", "suffix", "xfail", "only_if_no_xfail"});
  TransformConfig transform;
  transform.name = entry.name;
  transform.chain = section.names("chain");
  transform.prefix = section.text_or("prefix", "");
  transform.suffix = section.text_or("suffix", "");
  transform.xfail = section.text_or("xfail", "");
  transform.only_if_no_xfail = section.flag_or("only_if_no_xfail", false);
  return transform;
}

SuiteConfig read_suite(const std::filesystem::path& file, const NamedNode& entry) {
  auto options = std::make_shared<SuiteOptions>();
  options->config_dir = std::filesystem::absolute(file).parent_path();
  const std::string what = "suite '" + entry.name.text + "'";
  for (const auto& option : named_nodes(file.string(), entry.node, what)) {
    if (!option.node.IsScalar()) {
      fail_at(place_of(file.string(), option.node),
              "option '" + option.name.text + "' of " + what + " must be text or a number");
    }
    options->values[option.name.text] = option.node.Scalar();
  }
  return {entry.name, std::move(options)};
}

RunConfig read_run(const std::string& file, const YAML::Node& node, const Config& config) {
  const Section section(file, node, "a run", {"suites", "transforms", "timeout"});
  RunConfig run;
  run.suites = section.some_names("suites");
  run.transforms = section.some_names("transforms");
  run.timeout_seconds = section.seconds_or("timeout", run.timeout_seconds);
  std::vector<std::string> known;
  for (const auto& transform : config.transforms) known.push_back(transform.name.text);
  for (const auto& name : run.transforms) {
    if (config.find_transform(name.text)) continue;
    fail_at(name.place,
            "no transform '" + name.text + "' under 'transforms'" + did_you_mean(name.text, known));
  }
  return run;
}

std::vector<std::filesystem::path> read_plugins(const std::filesystem::path& file,
                                                const Section& top) {
  std::vector<std::filesystem::path> paths;
  for (const auto& name : top.names("plugins")) {
    paths.push_back(std::filesystem::absolute(file).parent_path() / name.text);
  }
  return paths;
}

}  // namespace

std::string Place::text() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

const TransformConfig* Config::find_transform(const std::string& name) const {
  auto found = std::find_if(transforms.begin(), transforms.end(),
                            [&](const auto& transform) { return transform.name.text == name; });
  return found == transforms.end() ? nullptr : &*found;
}

std::shared_ptr<const SuiteOptions> Config::options_for(const std::string& suite) const {
  auto found = std::find_if(suites.begin(), suites.end(),
                            [&](const auto& entry) { return entry.name.text == suite; });
  if (found != suites.end()) return found->options;
  auto none = std::make_shared<SuiteOptions>();
  none->config_dir = std::filesystem::absolute(file).parent_path();
  return none;
}

Config load_config(const std::filesystem::path& path) {
  const std::string file = path.string();
  const Section top(file, parse_file(path), "the configuration",
                    {"version", "plugins", "transforms", "suites", "runs"});
  check_version(file, top.required("version"));

  Config config;
  config.file = path;
  if (top.has("plugins")) config.plugins = read_plugins(path, top);
  for (const auto& entry : named_nodes(file, top.required("transforms"), "'transforms'")) {
    config.transforms.push_back(read_transform(file, entry));
  }
  if (top.has("suites")) {
    for (const auto& entry : named_nodes(file, top.required("suites"), "'suites'")) {
      config.suites.push_back(read_suite(path, entry));
    }
  }
  const YAML::Node runs = top.required("runs");
  if (!runs.IsSequence() || runs.size() == 0) {
    top.fail(runs, "'runs' must be a list with at least one run");
  }
  for (const auto& run : runs) config.runs.push_back(read_run(file, run, config));
  return config;
}

}  // namespace roundtrip
