#include "pt2/transforms.h"

#include <roundtrip/error.h>
#include <roundtrip/transform.h>

#include <optional>

#include "pt2/commands.h"
#include "pt2/report.h"
#include "runner/plugin_host/search_path.h"

namespace roundtrip::pt2 {

namespace {

/// Loads every plugin there is. One that cannot be used is reported: it may be
/// the one that offers what was asked for.
void load_plugins(const Arguments& arguments, PluginHost& host) {
  std::vector<PluginInfo> plugins;
  for (const auto& path : find_plugins(std::nullopt, arguments.plugin_dirs)) {
    try {
      plugins.push_back(host.load(path));
    } catch (const PluginError& error) {
      report(error.what());
    }
  }
  for (const auto& clash : find_clashes(plugins)) report(clash);
}

}  // namespace

Owners make_transforms(const Arguments& arguments, PluginHost& host) {
  if (arguments.transforms.empty()) return {};
  load_plugins(arguments, host);
  Owners owners;
  try {
    for (const auto& name : arguments.transforms) owners.push_back(host.make_transform({name, {}}));
    return owners;
  } catch (const PluginError& error) {
    throw UsageError(error.what());
  }
}

bool convert_by_transforms(const Arguments& arguments) {
  PluginHost host;
  const auto owners = make_transforms(arguments, host);
  std::vector<const Transform*> chain;
  for (const auto& transform : owners) chain.push_back(transform.get());
  return convert(arguments,
                 [&](const ExportedProgram& program) { return apply_transforms(chain, program); });
}

}  // namespace roundtrip::pt2
