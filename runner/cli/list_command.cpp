#include <fmt/format.h>

#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

constexpr const char* kHelp =
    "roundtrip list CONFIG [options]\n"
    "\n"
    "Prints the name of every test that 'roundtrip run CONFIG' would run.\n"
    "\n"
    "Examples:\n"
    "  roundtrip list config/serdes.yaml --filter 'Corpus.*'\n"
    "  roundtrip list config/serdes.yaml --json | jq -r '.[].xfail'\n";

void print_json(const std::vector<PlannedTest>& plan) {
  auto tests = nlohmann::ordered_json::array();
  for (const auto& test : plan) tests.push_back(test_json(test));
  std::cout << to_text(tests);
}

void print_text(const std::vector<PlannedTest>& plan) {
  for (const auto& test : plan) {
    std::cout << test.full_name();
    if (!test.skip_reason.empty()) {
      std::cout << "  [skip: " << test.skip_reason << "]";
    } else if (!test.xfail.empty()) {
      std::cout << "  [xfail: " << test.xfail << "]";
    }
    std::cout << "\n";
  }
}

}  // namespace

int list_command(const CommandLine& line) {
  Arguments arguments("list", kHelp);
  arguments.add_config();
  arguments.add_filters();
  arguments.options().add_options()("json", "print a JSON array with all that is known of each");
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;

  const Session session = open_session(arguments);
  if (session.plan.empty()) {
    std::cerr << "error: no test is selected\n";
    return kNothingSelected;
  }
  arguments.has("json") ? print_json(session.plan) : print_text(session.plan);
  return kAllAsExpected;
}

}  // namespace roundtrip
