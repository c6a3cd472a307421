#include "runner/config/entries.h"

#include <algorithm>
#include <stdexcept>

#include "runner/config/matrix.h"
#include "support/quantities.h"

namespace roundtrip {

namespace {

/// A map of names to texts.
std::vector<std::pair<Name, std::string>> read_texts(const Source& source, const YAML::Node& node,
                                                     const std::string& what) {
  std::vector<std::pair<Name, std::string>> texts;
  for (const auto& entry : named_nodes(source, node, what)) {
    const auto text = text_of(source, entry.node, "'" + entry.name.text + "' of " + what);
    if (text) texts.emplace_back(Name{entry.name.text, source.place_of(entry.node)}, *text);
  }
  return texts;
}

/// A text, or a list of texts.
std::optional<OptionSetting> read_option(const Source& source, const NamedNode& entry,
                                         const std::string& what) {
  OptionSetting option{{entry.name.text, source.place_of(entry.node)},
                       "",
                       entry.node.IsSequence(),
                       std::filesystem::absolute(source.file).parent_path()};
  if (!option.is_list) {
    const auto text = text_of(source, entry.node, what);
    if (text) option.value = *text;
    return text ? std::optional(std::move(option)) : std::nullopt;
  }
  for (const auto& item : entry.node) {
    const auto text = text_of(source, item, "an entry of " + what);
    if (!text) return std::nullopt;
    if (text->find('\n') != std::string::npos) {
      source.fail(item, "an entry of " + what + " must be one line");
      return std::nullopt;
    }
    option.value += (option.value.empty() ? "" : "\n") + *text;
  }
  return option;
}

std::vector<OptionSetting> read_options(const Source& source, const std::vector<NamedNode>& entries,
                                        const std::string& what) {
  std::vector<OptionSetting> options;
  for (const auto& entry : entries) {
    auto option = read_option(source, entry, "'" + entry.name.text + "' of " + what);
    if (option) options.push_back(std::move(*option));
  }
  return options;
}

/// `name`, or `name: {option: value}`.
ChainLink read_link(const Source& source, const YAML::Node& node) {
  if (!node.IsMap()) {
    return {{text_of(source, node, "an entry of 'chain'").value_or(""), source.place_of(node)}, {}};
  }
  const auto entries = named_nodes(source, node, "an entry of 'chain'");
  if (entries.size() != 1) {
    source.fail(node, "an entry of 'chain' is a name, or one name with its options: {name: {...}}");
    return {};
  }
  const auto& [name, options] = entries.front();
  const std::string what = "the options of '" + name.text + "'";
  return {name, read_options(source, named_nodes(source, options, what), what)};
}

std::vector<Override> read_overrides(const Section& section) {
  std::vector<Override> overrides;
  for (const auto& node : section.list("overrides")) {
    if (auto entry = read_override(section.source(), node)) overrides.push_back(std::move(*entry));
  }
  return overrides;
}

const std::vector<std::string> kAxes = {"suites", "transforms", "environment", "plugins",
                                        "only_plugins"};

/// The run's own entries with those of the cell in their place.
std::vector<NamedNode> entries_in_cell(const std::vector<NamedNode>& run, const Cell& cell) {
  std::vector<NamedNode> entries = cell.values;
  for (const auto& own : run) {
    const bool is_replaced =
        std::any_of(cell.values.begin(), cell.values.end(),
                    [&](const auto& value) { return value.name.text == own.name.text; });
    if (!is_replaced && own.name.text != "matrix") entries.push_back(own);
  }
  return entries;
}

RunConfig read_run(const Source& source, const std::vector<NamedNode>& entries,
                   const Place& place) {
  const Section section(source, entries, place, "a run",
                        with_settings({"name", "suites", "transforms", "environment", "plugins",
                                       "only_plugins", "matrix"}));
  RunConfig run;
  run.name = section.line_or("name", "");
  run.place = place;
  run.suites = section.some_names("suites");
  run.transforms = section.some_names("transforms");
  run.settings = section.settings();
  run.plugins = read_plugins(section);
  return run;
}

}  // namespace

std::vector<std::string> with_settings(std::vector<std::string> keys) {
  for (auto& name : setting_names()) keys.push_back(std::move(name));
  return keys;
}

void read_environment(const Source& source, const YAML::Node& node,
                      std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : read_texts(source, node, "'environment'")) {
    if (!name.text.empty() && name.text.find('=') == std::string::npos) {
      environment[name.text] = value;
    } else {
      source.problems.add(name.place, "'" + name.text + "' cannot be the name of a variable");
    }
  }
}

PluginPlaces read_plugins(const Section& section) {
  const auto paths = [&](const std::string& key) {
    const auto folder = std::filesystem::absolute(section.source().file).parent_path();
    std::vector<std::filesystem::path> found;
    for (const auto& name : section.names(key)) found.push_back(folder / name.text);
    return found;
  };
  PluginPlaces places;
  if (section.has("only_plugins")) places.only = paths("only_plugins");
  places.added = paths("plugins");
  return places;
}

TransformConfig read_transform(const Source& source, const NamedNode& entry) {
  const Section section(source, entry.node, "transform '" + entry.name.text + "'",
                        {"chain", "prefix", "suffix", "xfail", "only_if_no_xfail"});
  TransformConfig transform;
  transform.name = entry.name;
  section.required("chain");
  for (const auto& node : section.list("chain")) transform.chain.push_back(read_link(source, node));
  transform.prefix = section.line_or("prefix", "");
  transform.suffix = section.line_or("suffix", "");
  transform.xfail = section.line_or("xfail", "");
  transform.only_if_no_xfail = section.flag_or("only_if_no_xfail", false);
  return transform;
}

SuiteConfig read_suite(const Source& source, const NamedNode& entry) {
  const std::string what = "suite '" + entry.name.text + "'";
  SuiteConfig suite{entry.name, {}, {}};
  std::vector<NamedNode> own, options;
  for (const auto& node : named_nodes(source, entry.node, what)) {
    const bool is_own = node.name.text == "kind" || node.name.text == "optional";
    (is_own ? own : options).push_back(node);
  }
  const Section section(source, own, source.place_of(entry.node), what, {"kind", "optional"});
  if (const auto* kind = section.find("kind")) {
    suite.kind = {section.line_or("kind", ""), source.place_of(*kind)};
  }
  suite.is_optional = section.flag_or("optional", false);
  if (suite.is_optional && suite.kind.text.empty()) {
    source.fail(entry.node, what + " is optional and names no kind");
  }
  suite.options = read_options(source, options, what);
  return suite;
}

ProfileConfig read_profile(const Source& source, const NamedNode& entry) {
  const Section section(source, entry.node, "profile '" + entry.name.text + "'",
                        with_settings({"overrides", "options"}));
  ProfileConfig profile;
  profile.name = entry.name;
  profile.settings = section.settings();
  profile.overrides = read_overrides(section);
  if (const auto* options = section.find("options")) {
    profile.options = read_texts(source, *options, "'options'");
  }
  return profile;
}

void read_history(const Source& source, const YAML::Node& node, Retention& retention) {
  const Section section(source, node, "'history'", {"days", "runs", "size"});
  const auto count = [](const std::string& text) { return parse_count(text, 0, 1'000'000); };
  section.read("days", retention.days, count);
  section.read("runs", retention.runs, count);
  section.read("size", retention.size, parse_bytes);
}

std::vector<RunConfig> read_runs(const Source& source, const YAML::Node& node) {
  const auto entries = named_nodes(source, node, "a run");
  const Place place = source.place_of(node);
  std::map<std::string, std::string> environment;
  std::vector<Cell> cells = {Cell{}};
  for (const auto& entry : entries) {
    if (entry.name.text == "environment") read_environment(source, entry.node, environment);
    if (entry.name.text == "matrix") {
      cells = expand_matrix(source, entry.node, with_settings(kAxes));
    }
  }
  std::vector<RunConfig> runs;
  for (const auto& cell : cells) {
    RunConfig run = read_run(source, entries_in_cell(entries, cell), place);
    run.environment = environment;
    for (const auto& value : cell.values) {
      if (value.name.text == "environment") read_environment(source, value.node, run.environment);
    }
    if (!cell.values.empty()) run.name += (run.name.empty() ? "(" : " (") + cell.label() + ")";
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace roundtrip
