#include "runner/cli/session.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <iostream>

#include "runner/plan/filter.h"
#include "runner/plugin_host/search_path.h"

namespace roundtrip {

namespace {

void refuse_faults(const Catalog& catalog) {
  if (catalog.faults.empty()) return;
  throw PluginError(fmt::format("{}", fmt::join(catalog.faults, "\n")));
}

void warn_of_idle_filters(const std::vector<PlannedTest>& plan,
                          const std::vector<std::string>& globs) {
  for (const auto& glob : globs) {
    const bool is_used = std::any_of(plan.begin(), plan.end(),
                                     [&](const auto& test) { return matches(glob, test); });
    if (!is_used) std::cerr << "warning: --filter '" << glob << "' matches no test\n";
  }
}

}  // namespace

Session open_session(const Arguments& arguments) {
  Config config = load_config(arguments.required_config());
  WorkerClient worker(find_plugins(config.plugins, arguments.plugin_dirs()));
  const Catalog catalog = worker.load();
  refuse_faults(catalog);
  auto plan =
      make_plan(config, catalog, [&](const std::string& suite, const SuiteOptions& options) {
        return worker.list_tests(suite, options);
      });
  warn_of_idle_filters(plan, arguments.filters());
  plan = select(std::move(plan), arguments.filters());
  return {std::move(config), std::move(worker), std::move(plan)};
}

}  // namespace roundtrip
