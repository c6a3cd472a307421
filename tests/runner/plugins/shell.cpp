#include <unistd.h>

#include <cstdlib>
#include <string>

#include "plain_suite.h"

// A kind of suites whose tests are shell commands, `name=command`: what a test does stands beside
// what the runner's test expects of it. `crash` and `hang` are words for what no command can do.

using roundtrip::OptionValues;
using roundtrip::TestInfo;
using roundtrip::TestOutcome;
using roundtrip::TestRun;

namespace {

class Shell final : public roundtrip::Suite {
 public:
  explicit Shell(const OptionValues& options) : lines_(options.texts("tests")) {}

  std::vector<TestInfo> tests() const override {
    std::vector<TestInfo> infos;
    for (const auto& line : lines_) infos.push_back({.name = line.substr(0, line.find('='))});
    return infos;
  }

  TestOutcome run(const TestRun& run,
                  const std::vector<const roundtrip::Transform*>&) const override {
    for (const auto& line : lines_) {
      const auto equals = line.find('=');
      if (line.substr(0, equals) != run.test) continue;
      const std::string command = line.substr(equals + 1);
      if (command == "crash") std::abort();
      if (command == "hang") ::pause();
      if (std::system(command.c_str()) == 0) return {};
      return {TestOutcome::Status::failed, command};
    }
    return {TestOutcome::Status::error, "no test '" + run.test + "'"};
  }

 private:
  std::vector<std::string> lines_;
};
ROUNDTRIP_SUITE_KIND(Shell, "shell", "tests that are shell commands",
                     roundtrip::list_option("tests", "", "name=command"));

}  // namespace

ROUNDTRIP_PLUGIN("shell", "1.0", "Tests that are shell commands");
