#include <fmt/format.h>
#include <roundtrip/error.h>

#include <cctype>
#include <filesystem>
#include <iostream>
#include <regex>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/report/report_file.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

constexpr const char* kNewHelp =
    "roundtrip new transform NAME\n"
    "roundtrip new suite NAME\n"
    "\n"
    "Makes the folder NAME with a transformation, or a suite, to begin with: its source, its\n"
    "CMakeLists.txt, and a configuration that runs it: a suite under two transformations, a\n"
    "transformation over the suite TestExport. CTest runs the same. NAME is as in my_suite.\n"
    "\n"
    "Example:\n"
    "  roundtrip new transform twice && cmake -S twice -B build && cmake --build build\n"
    "  roundtrip run twice/twice.yaml --plugin-dir build\n";

constexpr const char* kTransformSource = R"(#include <roundtrip/transform.h>

using namespace roundtrip;

/// Exports as the test asked, then saves and loads; replace this by what yours does.
class {class} final : public Transform {{
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {{
    return saved_and_loaded(next(std::move(call)));
  }}
}};

ROUNDTRIP_PLUGIN("{name}", "1.0", "What this library is for");
ROUNDTRIP_TRANSFORM({class}, "{name}", "What it does to an export");
)";

constexpr const char* kSuiteSource = R"(#include <ATen/ATen.h>
#include <roundtrip/suite.h>

using namespace roundtrip;

class {class} : public Fixture {{}};
ROUNDTRIP_SUITE({class}, "What these tests hold");
ROUNDTRIP_PLUGIN("{name}", "1.0", "What this library is for");

TEST({class}, test_add) {{
  Module model([](const at::Tensor& x, const at::Tensor& y) {{ return x + y; }});
  Values inputs{{at::ones({{2}}), at::ones({{2}})}};
  auto program = t.export_program(model, inputs);
  CHECK(at::equal(program.run(inputs).tensor(), model(inputs).tensor()));
}}
)";

constexpr const char* kCMake = R"(cmake_minimum_required(VERSION 3.25)
project({name} LANGUAGES CXX)

find_package(Roundtrip REQUIRED)
enable_testing()

roundtrip_add_{kind}({name} SOURCES {name}.cpp)
# What the configuration and its plugins are named in CMake.
roundtrip_discover_tests({name} CONFIG {name}.yaml)
)";

constexpr const char* kTransformConfiguration =
    R"(# roundtrip run {name}.yaml --plugin-dir FOLDER_OF_THE_BUILT_LIBRARY
version: 1
transforms:
  {name}: {{chain: [{name}], suffix: _{name}, xfail: {name}}}
runs:
  - suites: [TestExport]
    transforms: [{name}]
)";

constexpr const char* kSuiteConfiguration =
    R"(# roundtrip run {name}.yaml --plugin-dir FOLDER_OF_THE_BUILT_LIBRARY
version: 1
transforms:
  plain: {{chain: []}}
  serdes: {{chain: [serdes_strict], suffix: _serdes, xfail: serdes}}
runs:
  - suites: [{class}]
    transforms: [plain, serdes]
)";

/// my_suite as MySuite.
std::string class_name(const std::string& name) {
  std::string text;
  bool is_start = true;
  for (const char c : name) {
    if (c != '_') text += is_start ? static_cast<char>(std::toupper(c)) : c;
    is_start = c == '_';
  }
  return text;
}

void write(const fs::path& file, const char* pattern, const std::string& kind,
           const std::string& name) {
  write_report_file(file, fmt::format(fmt::runtime(pattern), fmt::arg("name", name),
                                      fmt::arg("class", class_name(name)), fmt::arg("kind", kind)));
  std::cout << file.string() << "\n";
}

void make(const std::string& kind, const std::string& name) {
  if (fs::exists(name)) throw Error("'" + name + "' exists already; choose another name");
  fs::create_directory(name);
  const fs::path folder = name;
  const bool is_suite = kind == "suite";
  write(folder / (name + ".cpp"), is_suite ? kSuiteSource : kTransformSource, kind, name);
  write(folder / "CMakeLists.txt", kCMake, kind, name);
  write(folder / (name + ".yaml"), is_suite ? kSuiteConfiguration : kTransformConfiguration, kind,
        name);
}

}  // namespace

int new_command(const CommandLine& line) {
  Arguments arguments("new", kNewHelp);
  arguments.add_files("WORD");
  if (!arguments.parse(line)) return kAllAsExpected;
  const auto words = arguments.texts("WORD");
  if (words.size() != 2 || (words[0] != "transform" && words[0] != "suite")) {
    throw UsageError("'new' takes transform NAME or suite NAME: roundtrip new suite my_suite");
  }
  if (!std::regex_match(words[1], std::regex("[a-z][a-z0-9_]*"))) {
    throw UsageError("a NAME is of small letters, digits and '_', and begins with a letter, not '" +
                     words[1] + "'");
  }
  make(words[0], words[1]);
  return kAllAsExpected;
}

}  // namespace roundtrip
