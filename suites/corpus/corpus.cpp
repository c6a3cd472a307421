#include <roundtrip/pytree.h>
#include <roundtrip/suite.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "suites/main/depends_on.h"

using namespace roundtrip;
namespace fs = std::filesystem;

namespace {

/// ASCII only, whatever the locale: a byte of anything else becomes `_`.
std::string test_name(const fs::path& file) {
  std::string name = "test_" + file.stem().string();
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !is_word(c); }, '_');
  return name;
}

/// The program files by test name. Throws `Error` when there are none, or when
/// two would have the same name.
std::map<std::string, fs::path> programs_by_test(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw Error("option 'folder' names '" + folder.string() + "', which is not a folder");
  }
  std::map<std::string, fs::path> programs;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".pt2") continue;
    auto [place, is_new] = programs.emplace(test_name(entry.path()), entry.path());
    if (!is_new) {
      throw Error("'" + place->second.filename().string() + "' and '" +
                  entry.path().filename().string() + "' in '" + folder.string() +
                  "' would both be " + place->first + ": rename one");
    }
  }
  if (programs.empty()) throw Error("the folder '" + folder.string() + "' holds no .pt2 file");
  return programs;
}

/// What running a program on its own example inputs left behind.
struct Run {
  Value outputs;
  Value inputs;  ///< after the run, which may have changed them
  Value state;   ///< parameters and buffers by name, likewise
};

Value state_of(const ExportedProgram& program) {
  const ModuleState state = program.module().state();
  std::vector<std::pair<Value, Value>> entries;
  for (const auto* tensors : {&state.parameters, &state.buffers}) {
    for (const auto& entry : *tensors) entries.emplace_back(entry.key(), entry.value());
  }
  return Value::dict(std::move(entries));
}

Run run(const ExportedProgram& program, const ExampleInputs& inputs) {
  at::manual_seed(0);
  Run result;
  result.outputs = program.run(inputs.args, inputs.kwargs);
  Values all = inputs.args;
  for (const auto& [name, value] : inputs.kwargs) all.push_back(value);
  result.inputs = Value::tuple(std::move(all));
  result.state = state_of(program);
  return result;
}

/// Where two values differ in structure, type or, but for rounding, any element; empty if
/// nowhere.
std::string difference(const Value& before, const Value& after) {
  if (allclose(before, after)) return "";
  auto left = tree_flatten(before);
  auto right = tree_flatten(after);
  if (left.size() != right.size()) {
    return std::to_string(left.size()) + " leaves became " + std::to_string(right.size());
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!allclose(left[i], right[i])) return "leaf " + std::to_string(i) + " differs";
  }
  return "the containers differ";
}

/// The first line that two texts do not share; empty if they are the same.
std::string difference(const std::string& before, const std::string& after) {
  if (before == after) return "";
  auto [left, right] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
  auto line_around = [](const std::string& text, std::string::const_iterator place) {
    auto at = static_cast<std::size_t>(place - text.begin());
    auto start = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
    start = start == std::string::npos ? 0 : start + 1;
    return text.substr(start, text.find('\n', at) - start);
  };
  return "'" + line_around(before, left) + "' became '" + line_around(after, right) + "'";
}

void require_same_text(const ExportedProgram& original, const ExportedProgram& transformed) {
  REQUIRE(difference(original.str(), transformed.str()) == "");
  const bool same_bytes = save(original) == save(transformed);
  REQUIRE(same_bytes);
}

/// Runs a program; one that this version cannot run ends the test as skipped.
Run run_original(const ExportedProgram& program, const ExampleInputs& inputs,
                 const TestContext& context) {
  try {
    return run(program, inputs);
  } catch (const UnsupportedError& error) {
    context.skip(std::string("it cannot be run: ") + error.what());
  }
}

/// What the chain makes of the program that is exported again. One that this version cannot
/// export again ends the test as skipped.
ExportedProgram exported_again(const ExportedProgram& program, const ExampleInputs& inputs,
                               const TestContext& context) {
  try {
    ExportCall call = call_again(program, inputs);
    call.module = program.module();
    return context.export_program(std::move(call.module), std::move(call.args),
                                  std::move(call.kwargs), std::move(call.options));
  } catch (const UnsupportedError& error) {
    context.skip(std::string("it cannot be exported again: ") + error.what());
  }
}

/// Loads a program twice, since running it may change it: once to run as it is,
/// once to transform and run.
void test_program(const fs::path& file, const TestContext& context) {
  const bool as_loaded = context.options().flag("as_loaded");
  // Whatever its author may have called: the runner gives each test a process of its own.
  const LoadOptions trusting{.allowed = {.namespaces = {"aten", "prims"}}};
  const auto original = load(file, trusting);
  const auto given = load(file, trusting);
  const auto load_inputs = [&]() -> std::optional<ExampleInputs> {
    try {
      return original.example_inputs();
    } catch (const UnsupportedError& error) {
      if (!as_loaded) context.skip(error.what());
      return std::nullopt;
    }
  };
  auto inputs = load_inputs();
  if (!inputs && !as_loaded) context.skip("it has no example inputs to export it with");
  const auto transformed =
      as_loaded ? context.transform(given) : exported_again(given, *inputs, context);
  if (as_loaded) require_same_text(original, transformed);
  if (!inputs) return;
  const Run before = run_original(original, *inputs, context);
  const Run after = run(transformed, *load_inputs());
  CHECK(difference(before.outputs, after.outputs) == "");
  CHECK(difference(before.inputs, after.inputs) == "");
  CHECK(difference(before.state, after.state) == "");
}

/// One test for every `.pt2` in a folder. What another suite exports, this one loads: the
/// program, exported again, must run the same before and after the transformation; one that
/// the chain gets as it was loaded must print and be saved the same, too. Stateless: the folder
/// is read at every call.
class Corpus final : public Suite {
 public:
  explicit Corpus(const OptionValues& options) : options_(options) {}

  std::vector<TestInfo> tests() const override {
    std::vector<TestInfo> tests;
    depends_on(options_.path("folder"));
    for (const auto& [name, file] : programs_by_test(options_.path("folder"))) {
      depends_on(file);
      tests.push_back({.name = name, .file = file.string()});
    }
    return tests;
  }

  TestOutcome run(const TestRun& run, const std::vector<const Transform*>& chain) const override {
    return run_guarded([&] {
      set_up(run.setup);
      auto programs = programs_by_test(options_.path("folder"));
      auto found = programs.find(run.test);
      if (found == programs.end()) throw Error("there is no test '" + run.test + "'");
      test_program(found->second, TestContext(run, options_, chain));
    });
  }

 private:
  OptionValues options_;
};

ROUNDTRIP_SUITE_KIND(Corpus, "corpus",
                     "Exported programs from a folder run the same after the transformation",
                     required(path_option("folder", "", "a folder that holds .pt2 files")),
                     option("as_loaded", false,
                            "transform programs as the files have them, instead of exporting them "
                            "again; their text and bytes must stay the same"));

}  // namespace

ROUNDTRIP_PLUGIN("corpus", "1.0", "Runs exported programs from a folder");
