#include "runner/config/config.h"

#include <algorithm>

#include "runner/config/loader.h"
#include "runner/config/references.h"

namespace roundtrip {

namespace {

template <typename Entry>
const Entry* find_named(const std::vector<Entry>& entries, const std::string& name) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return entry.name.text == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

void PluginPlaces::add(const PluginPlaces& more) {
  added.insert(added.end(), more.added.begin(), more.added.end());
  if (!more.only) return;
  if (!only) only.emplace();
  only->insert(only->end(), more.only->begin(), more.only->end());
}

PluginPlaces Config::plugins_of(const RunConfig& run) const {
  if (run.plugins.only) return run.plugins;
  PluginPlaces places = plugins;
  places.add(run.plugins);
  return places;
}

const TransformConfig* Config::find_transform(const std::string& name) const {
  return find_named(transforms, name);
}

const ProfileConfig* Config::find_profile(const std::string& name) const {
  return find_named(profiles, name);
}

const SuiteConfig* Config::find_suite(const std::string& name) const {
  return find_named(suites, name);
}

Config load_config(const std::filesystem::path& file, Problems& problems) {
  Config config;
  config.file = file;
  read_files(file, config, problems);
  check_references(config, problems);
  if (config.runs.empty() && problems.empty()) {
    problems.add({file.string(), 1, 1}, "the configuration has no run; list one under 'runs'");
  }
  return config;
}

Config load_config(const std::filesystem::path& file) {
  Problems problems;
  Config config = load_config(file, problems);
  problems.raise();
  return config;
}

}  // namespace roundtrip
