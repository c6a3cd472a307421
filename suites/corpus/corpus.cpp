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
  Value state;   ///< weights, buffers and constants, likewise
};

Value state_of(const Program& program) {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto* payloads : {&program.weights, &program.constants}) {
    for (const auto& entry : *payloads) {
      const auto* tensor = std::get_if<at::Tensor>(&entry.value().data);
      if (tensor) entries.emplace_back(entry.key(), *tensor);
    }
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
  result.state = state_of(program.program());
  return result;
}

/// Where two values differ in structure, type or any bit; empty if nowhere.
std::string difference(const Value& before, const Value& after) {
  if (bitwise_equal(before, after)) return "";
  auto left = tree_flatten(before);
  auto right = tree_flatten(after);
  if (left.size() != right.size()) {
    return std::to_string(left.size()) + " leaves became " + std::to_string(right.size());
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!bitwise_equal(left[i], right[i])) return "leaf " + std::to_string(i) + " differs";
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

void require_same_bytes(const ExportedProgram& original, const ExportedProgram& transformed) {
  const bool same_bytes = save(original) == save(transformed);
  REQUIRE(same_bytes);
}

/// Runs the untransformed program; nothing if it has no example inputs. One that
/// this version cannot run ends the test as skipped, when its bytes are the same.
std::optional<Run> run_original(const ExportedProgram& original, const ExportedProgram& transformed,
                                const TestContext& context) {
  std::string reason;
  try {
    auto inputs = original.example_inputs();
    if (inputs) return run(original, *inputs);
  } catch (const UnsupportedError& error) {
    reason = std::string("it prints and saves the same, but cannot be run: ") + error.what();
  }
  require_same_bytes(original, transformed);
  if (!reason.empty()) context.skip(reason);
  return std::nullopt;
}

/// Loads a program twice, since running it may change it: once to run as it is,
/// once to transform and run.
void test_program(const fs::path& file, const TestContext& context) {
  auto original = load(file);
  auto transformed = context.transform(load(file));
  REQUIRE(difference(original.str(), transformed.str()) == "");
  auto before = run_original(original, transformed, context);
  if (!before) return;
  auto inputs = transformed.example_inputs();
  REQUIRE(inputs.has_value());
  auto after = run(transformed, *inputs);
  CHECK(difference(before->outputs, after.outputs) == "");
  CHECK(difference(before->inputs, after.inputs) == "");
  CHECK(difference(before->state, after.state) == "");
}

/// One test for every `.pt2` in a folder. What another suite exports, this one
/// loads; a program must then print and run the same before and after the
/// transformation. Stateless: the folder is read at every call.
class Corpus final : public Suite {
 public:
  explicit Corpus(const OptionValues& options) : options_(options) {}

  std::vector<TestInfo> tests() const override {
    std::vector<TestInfo> tests;
    for (const auto& [name, file] : programs_by_test(options_.path("folder"))) {
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
                     "Exported programs from a folder print and run the same after the "
                     "transformation",
                     required(path_option("folder", "", "a folder that holds .pt2 files")));

}  // namespace

ROUNDTRIP_PLUGIN("corpus", "1.0", "Runs exported programs from a folder");
