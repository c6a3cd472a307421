#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "export/archive/program_archive.h"
#include "export/capture/capture.h"
#include "export/interpreter/plan.h"
#include "tests/interop/twins/twin.h"

/// What becomes of every layer and function of `torch::nn`, and of models, in training and
/// evaluation, with static sizes, with those of the twin and with automatic ones, captured plainly
/// and strictly. `outcomes.csv` says it, and what Python makes of the twin, which `test_twins.py`
/// holds it against.

using namespace roundtrip;

namespace {

/// How many sizes of the twin a program is run at.
constexpr int kSizes = 4;

struct Kind {
  std::string name;
  ExportCall (*call)(const Twin&);
};

const std::vector<Kind> kKinds = {
    {"static", [](const Twin& twin) { return twin.static_call(); }},
    {"dim", [](const Twin& twin) { return twin.dynamic_call(); }},
    {"auto", [](const Twin& twin) { return twin.automatic_call(); }},
};

bool starts_with(const std::string& text, const char* start) {
  return text.rfind(start, 0) == 0;
}

/// With the first sentence of a message.
std::string refusal(const std::string& message) {
  return "refused: " + message.substr(0, std::min(message.find('\n'), message.find(". ")));
}

std::string quoted(std::string cell) {
  if (cell.find_first_of(",\"") == cell.npos) return cell;
  std::replace(cell.begin(), cell.end(), '"', '\'');
  return '"' + cell + '"';
}

Value model_result(const Twin& twin, int growth) {
  at::manual_seed(0);
  const ExportCall call = twin.static_call(growth);
  at::manual_seed(0);
  return call.module(call.args, call.kwargs);
}

Value program_result(const Bytes& file, const Twin& twin, int growth) {
  // Some layers call operators with `out`, which a file may not without leave.
  const Program program = read_program(file, {.allowed = {.all = true}});
  at::manual_seed(0);
  const ExportCall call = twin.static_call(growth);
  at::manual_seed(0);
  return Plan(program).run(call.args, call.kwargs);
}

/// "works": it gives the model's bits at all sizes of the twin, if it is dynamic; "static": the
/// program takes the first sizes alone.
std::string outcome_of(const Bytes& file, const Twin& twin, const Kind& kind) {
  const int sizes = kind.name != "static" && twin.is_dynamic() ? kSizes : 1;
  for (int growth = 0; growth < sizes; ++growth) {
    try {
      const bool same =
          bitwise_equal(program_result(file, twin, growth), model_result(twin, growth));
      if (!same) return "WRONG";
    } catch (const InputError&) {
      return growth == 0 ? "WRONG" : "static";
    }
  }
  return "works";
}

std::string outcome(const Twin& twin, const Kind& kind, const ExportOptions& options) {
  at::manual_seed(0);
  ExportCall call = kind.call(twin);
  call.options.strict = options.strict;
  call.options.generalize_sizes = options.generalize_sizes;
  Bytes file;
  try {
    file = write_program(capture_program(call));
  } catch (const Error& error) {
    return refusal(error.what());
  }
  return outcome_of(file, twin, kind);
}

/// Strict refuses to generalise plain reads of sizes, if it is not told to: "told: works".
std::string strict_outcome(const Twin& twin, const Kind& kind) {
  const std::string by_itself = outcome(twin, kind, {.strict = true});
  if (!starts_with(by_itself, "refused: strict: forward reads the dynamic size")) return by_itself;
  return "told: " + outcome(twin, kind, {.strict = true, .generalize_sizes = true});
}

std::string cells_of(const Twin& twin) {
  std::string cells;
  for (const Kind& kind : kKinds) {
    cells += "," + quoted(outcome(twin, kind, {})) + "," + quoted(strict_outcome(twin, kind));
  }
  return cells;
}

/// One line, or one for each mode if they differ.
std::vector<std::string> lines_of(const Twin& twin) {
  if (twin.make().layer == nullptr) return {twin.name + ",both" + cells_of(twin)};
  const std::string training = cells_of(twin.in_mode(true));
  const std::string evaluation = cells_of(twin.in_mode(false));
  if (training == evaluation) return {twin.name + ",both" + training};
  return {twin.name + ",train" + training, twin.name + ",eval" + evaluation};
}

/// What Python makes of the twins comes last in them.
std::vector<std::string> expected_lines() {
  std::ifstream file(ROUNDTRIP_OUTCOMES);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  REQUIRE(!lines.empty());
  lines.erase(lines.begin());
  return lines;
}

}  // namespace

TEST_CASE("every layer and function has the outcome that the table says") {
  const std::vector<std::string> expected = expected_lines();
  std::size_t next = 0;
  for (const Twin& twin : all_twins()) {
    for (const std::string& line : lines_of(twin)) {
      REQUIRE(next < expected.size());
      CHECK_MESSAGE(starts_with(expected[next], (line + ",").c_str()), line);
      ++next;
    }
  }
  CHECK(next == expected.size());
}
