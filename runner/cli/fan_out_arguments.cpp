#include "runner/cli/fan_out_arguments.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <filesystem>

namespace roundtrip {

namespace {

std::vector<std::string> cells_of(const Config& config) {
  std::vector<std::string> cells;
  for (const auto& run : config.runs) {
    if (run.name.empty() && config.runs.size() > 1) {
      throw ConfigError(run.place.text() +
                        ": a job of its own needs a name to choose this run by; give it one");
    }
    cells.push_back(run.name);
  }
  return cells;
}

std::size_t shards_of(const Arguments& arguments) {
  constexpr int kMost = 1000;
  if (!arguments.has("shards")) return 1;
  const int shards = arguments.get<int>("shards");
  if (shards >= 1 && shards <= kMost) return static_cast<std::size_t>(shards);
  throw UsageError(fmt::format("--shards takes a number from 1 to {}, not {}", kMost, shards));
}

}  // namespace

void declare_fan_out(boost::program_options::options_description& options) {
  options.add_options()("shards", boost::program_options::value<int>()->value_name("N"),
                        "take each run, or cell, apart into N jobs; without it, each is one");
}

FanOut fan_out_of(const Config& config, const Arguments& arguments, const std::string& runner,
                  PathStyle paths) {
  const std::filesystem::path file = arguments.required_config();
  if (!std::filesystem::is_regular_file(file)) {
    throw UsageError(fmt::format("{} is no file that other machines could read", file.string()));
  }
  FanOut fan_out;
  fan_out.name = file.stem().string();
  fan_out.runner = runner;
  fan_out.config =
      paths == PathStyle::absolute ? std::filesystem::absolute(file).string() : file.string();
  fan_out.options = arguments.run_options(paths);
  for (const auto& filter : arguments.texts("filter")) {
    fan_out.options.push_back("--filter=" + filter);
  }
  fan_out.cells = cells_of(config);
  fan_out.shards = shards_of(arguments);
  return fan_out;
}

}  // namespace roundtrip
