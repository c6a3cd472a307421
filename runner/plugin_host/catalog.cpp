#include "runner/plugin_host/catalog.h"

#include <algorithm>
#include <map>

namespace roundtrip {

namespace {

using Offers = std::vector<Offer> PluginInfo::*;

std::vector<std::string> names_of(const std::vector<PluginInfo>& plugins, Offers offers) {
  std::vector<std::string> names;
  for (const auto& plugin : plugins) {
    for (const auto& offer : plugin.*offers) names.push_back(offer.name);
  }
  return names;
}

void add_clashes(const std::vector<PluginInfo>& plugins, Offers offers, const std::string& kind,
                 std::vector<std::string>& faults) {
  std::map<std::string, std::string> path_of;
  for (const auto& plugin : plugins) {
    for (const auto& offer : plugin.*offers) {
      const auto [first, added] = path_of.emplace(offer.name, plugin.path);
      if (added) continue;
      faults.push_back(plugin.path + ": offers the " + kind + " '" + offer.name + "', which " +
                       first->second + " offers too; rename or remove one of them");
    }
  }
}

}  // namespace

std::vector<std::string> Catalog::suite_names() const {
  return names_of(plugins, &PluginInfo::suites);
}

std::vector<std::string> Catalog::transform_names() const {
  return names_of(plugins, &PluginInfo::transforms);
}

bool Catalog::offers_suite(const std::string& name) const {
  const auto names = suite_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Offer* Catalog::find_transform(const std::string& name) const {
  for (const auto& plugin : plugins) {
    for (const auto& offer : plugin.transforms) {
      if (offer.name == name) return &offer;
    }
  }
  return nullptr;
}

std::vector<std::string> find_clashes(const std::vector<PluginInfo>& plugins) {
  std::vector<std::string> faults;
  add_clashes(plugins, &PluginInfo::suites, "suite", faults);
  add_clashes(plugins, &PluginInfo::transforms, "transformation", faults);
  return faults;
}

}  // namespace roundtrip
