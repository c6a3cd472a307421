#include <memory>

#include "runner/config/config.h"
#include "runner/plugin_host/library_check.h"
#include "runner/report/json_report.h"
#include "runner/report/read_report.h"
#include "tests/fuzz/files/target.h"
#include "tests/runner/report/sample_results.h"

namespace roundtrip::fuzz {

namespace {

const std::vector<std::string> kYamlWords = {
    "runs",   "suites", "transforms", "include", "matrix", "exclude",
    "chain",  "xfail",  "&a",         "*a",      "!!map",  "- ",
    "${HOME", "${X:-}", "\"\\x1b[\"", "filter",  "4 GiB",  "strict: false"};
const std::vector<std::string> kJsonWords = {"null", "true",       "{}",       "[]",
                                             "\"\"", "\"passed\"", "\"tests\""};

std::string sample_report() {
  const SampleResults sample;
  return json_report(sample.results, {}, {{1, 1}, sample.plan.size(), "abc"});
}

/// Small ones, as whole libraries are copied and written.
std::vector<std::string> small_plugins() {
  auto plugins = contents_of(ROUNDTRIP_TEST_PLUGINS, ".so");
  std::erase_if(plugins, [](const std::string& library) { return library.size() > (4 << 20); });
  return plugins;
}

}  // namespace

std::vector<Target> runner_targets() {
  using Texts = std::shared_ptr<const std::vector<std::string>>;
  const Texts configs =
      std::make_shared<const std::vector<std::string>>(contents_of(ROUNDTRIP_CONFIGS, ".yaml"));
  const Texts plugins = std::make_shared<const std::vector<std::string>>(small_plugins());
  const auto report = std::make_shared<const std::string>(sample_report());
  return {
      {"configurations",
       [configs](Random& random) {
         return mutate_text(one_of(*configs, random), random, kYamlWords);
       },
       [](const std::string& input) { load_config(write_scratch(input, ".yaml")); }},
      {"plugins",
       [plugins](Random& random) {
         const std::string& library = one_of(*plugins, random);
         // Headers stand at both ends.
         if (random() % 2) return mutate_bytes(library, random, 8192);
         std::string end = library.substr(library.size() - library.size() / 8);
         return library.substr(0, library.size() - end.size()) + mutate_bytes(end, random);
       },
       [](const std::string& input) { check_library(write_scratch(input, ".so")); }},
      {"reports", [report](Random& random) { return mutate_text(*report, random, kJsonWords); },
       [](const std::string& input) { read_report(write_scratch(input, ".json")); }},
  };
}

}  // namespace roundtrip::fuzz
