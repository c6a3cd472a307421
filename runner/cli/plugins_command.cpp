#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/config/config.h"
#include "runner/plugin_host/search_path.h"
#include "runner/plugin_host/unpacked.h"
#include "runner/process/protocol.h"
#include "runner/process/worker_client.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

constexpr const char* kPluginsHelp =
    "roundtrip plugins [CONFIG] [options]\n"
    "\n"
    "Prints every plugin library, with the suites, kinds and transformations it offers, and\n"
    "what is wrong with those that cannot be used. With CONFIG, the libraries that this\n"
    "configuration loads.\n"
    "\n"
    "Examples:\n"
    "  roundtrip plugins\n"
    "  roundtrip plugins --plugin-dir build/my_plugins --json\n";

nlohmann::ordered_json offers_json(const std::vector<Offer>& offers) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& offer : offers) {
    nlohmann::ordered_json entry{{"name", offer.name}, {"description", offer.description}};
    for (const auto& option : offer.options) {
      entry["options"].push_back({{"name", option.name},
                                  {"type", nlohmann::ordered_json(option.type)},
                                  {"default", option.default_value},
                                  {"required", option.is_required},
                                  {"choices", option.choices},
                                  {"help", option.help}});
    }
    list.push_back(std::move(entry));
  }
  return list;
}

void print_catalog_json(const Catalog& catalog) {
  auto plugins = nlohmann::ordered_json::array();
  for (const auto& plugin : catalog.plugins) {
    plugins.push_back({{"name", plugin.name},
                       {"version", plugin.version},
                       {"description", plugin.description},
                       {"path", plugin.path},
                       {"api", ROUNDTRIP_API_VERSION},
                       {"suites", offers_json(plugin.suites)},
                       {"kinds", offers_json(plugin.kinds)},
                       {"transforms", offers_json(plugin.transforms)}});
  }
  std::cout << to_text({{"plugins", std::move(plugins)}, {"faults", catalog.faults}});
}

/// "times=2", or "folder (required)".
std::string option_text(const OptionInfo& option) {
  if (option.is_required) return option.name + " (required)";
  std::string value = option.default_value;
  std::replace(value.begin(), value.end(), '\n', ',');
  return option.name + "=" + value;
}

std::string help_text(const OptionInfo& option) {
  if (option.choices.empty()) return option.help;
  return fmt::format("{} ({})", option.help, fmt::join(option.choices, ", "));
}

void print_offers(const std::string& kind, const std::vector<Offer>& offers) {
  for (const auto& offer : offers) {
    std::cout << fmt::format("  {:<15} {:<24} {}\n", kind, offer.name, offer.description);
    for (const auto& option : offer.options) {
      std::cout << fmt::format("    {:<13} {:<24} {}\n", "option", option_text(option),
                               help_text(option));
    }
  }
}

void print_catalog(const Catalog& catalog) {
  for (const auto& plugin : catalog.plugins) {
    std::cout << fmt::format("{} {}: {}\n  {}\n", plugin.name, plugin.version, plugin.description,
                             plugin.path);
    print_offers("suite", plugin.suites);
    print_offers("kind", plugin.kinds);
    print_offers("transformation", plugin.transforms);
  }
  if (catalog.plugins.empty()) std::cout << "no plugins\n";
  for (const auto& fault : catalog.faults) std::cerr << "error: " << fault << "\n";
}

}  // namespace

int plugins_command(const CommandLine& line) {
  Arguments arguments("plugins", kPluginsHelp);
  arguments.add_config();
  arguments.options().add_options()("json", "print the same as JSON");
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;

  PluginPlaces places;
  if (const auto config = arguments.config()) places = load_config(*config).plugins;
  places.add({{}, arguments.plugin_dirs()});
  use_unpacked_libraries();
  const Catalog catalog = WorkerClient(find_plugins(places.only, places.added), {}).load();
  arguments.has("json") ? print_catalog_json(catalog) : print_catalog(catalog);
  return catalog.faults.empty() ? kAllAsExpected : kRunnerFault;
}

}  // namespace roundtrip
