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

const Offer* find_offer(const std::vector<PluginInfo>& plugins, Offers offers,
                        const std::string& name) {
  for (const auto& plugin : plugins) {
    for (const auto& offer : plugin.*offers) {
      if (offer.name == name) return &offer;
    }
  }
  return nullptr;
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

bool has_offer(const std::vector<Offer>& offers, const std::string& name) {
  return std::any_of(offers.begin(), offers.end(),
                     [&](const auto& offer) { return offer.name == name; });
}

std::vector<std::string> Catalog::suite_names() const {
  return names_of(plugins, &PluginInfo::suites);
}

std::vector<std::string> Catalog::kind_names() const {
  return names_of(plugins, &PluginInfo::kinds);
}

std::vector<std::string> Catalog::transform_names() const {
  return names_of(plugins, &PluginInfo::transforms);
}

const Offer* Catalog::find_suite(const std::string& name) const {
  return find_offer(plugins, &PluginInfo::suites, name);
}

const Offer* Catalog::find_kind(const std::string& name) const {
  return find_offer(plugins, &PluginInfo::kinds, name);
}

const Offer* Catalog::find_transform(const std::string& name) const {
  return find_offer(plugins, &PluginInfo::transforms, name);
}

std::vector<std::string> find_clashes(const std::vector<PluginInfo>& plugins) {
  std::vector<std::string> faults;
  add_clashes(plugins, &PluginInfo::suites, "suite", faults);
  add_clashes(plugins, &PluginInfo::kinds, "kind", faults);
  add_clashes(plugins, &PluginInfo::transforms, "transformation", faults);
  return faults;
}

}  // namespace roundtrip
