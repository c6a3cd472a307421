#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "export/archive/program_archive.h"
#include "export/capture/capture.h"
#include "export/interpreter/plan.h"
#include "tests/interop/twins/twin.h"

/// What becomes of every layer and function, in training and evaluation, with static sizes, named
/// or dynamic ones and automatic ones, captured and captured strictly: `outcomes.csv` says it.

using namespace roundtrip;

namespace {

constexpr int kSizes = 4;

using MakeCall = ExportCall (*)(const Twin&);

struct Kind {
  std::string name;
  MakeCall call;
};

const std::vector<Kind> kKinds = {
    {"static", [](const Twin& twin) { return twin.static_call(); }},
    {"dim", [](const Twin& twin) { return twin.dynamic_call(); }},
    {"auto", [](const Twin& twin) { return twin.automatic_call(); }},
};

/// The first sentence, which no comma or new line ends.
std::string sentence_of(const std::string& message) {
  std::string line = message.substr(0, std::min(message.find('\n'), message.find(". ")));
  std::replace(line.begin(), line.end(), '"', '\'');
  return line;
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

/// "works": at all sizes of the twin. "static": the program takes the first sizes alone.
std::string outcome(const Twin& twin, const Kind& kind, bool strict) {
  at::manual_seed(0);
  ExportCall call = kind.call(twin);
  call.options.strict = strict;
  Bytes file;
  try {
    file = write_program(capture_program(call));
  } catch (const Error& error) {
    return "refused: " + sentence_of(error.what());
  }
  if (!bitwise_equal(program_result(file, twin, 0), model_result(twin, 0))) return "WRONG";
  if (kind.name == "static") return "works";
  for (int growth = 1; growth < (twin.is_dynamic() ? kSizes : 1); ++growth) {
    try {
      if (!bitwise_equal(program_result(file, twin, growth), model_result(twin, growth))) {
        return "WRONG";
      }
    } catch (const InputError&) {
      return "static";
    }
  }
  return "works";
}

std::string quoted(const std::string& cell) {
  return cell.find(',') == cell.npos ? cell : '"' + cell + '"';
}

std::string cells_of(const Twin& twin) {
  std::string cells;
  for (const Kind& kind : kKinds) {
    for (const bool strict : {false, true}) cells += "," + quoted(outcome(twin, kind, strict));
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

}  // namespace

TEST_CASE("tmp outcomes") {
  std::ofstream out("/tmp/outcomes.csv");
  out << "twin,mode";
  for (const Kind& kind : kKinds) out << "," << kind.name << ",strict " << kind.name;
  out << "\n";
  for (const Twin& twin : all_twins()) {
    try {
      for (const std::string& line : lines_of(twin)) out << line << std::endl;
    } catch (const std::exception& error) {
      out << twin.name << ",ERROR," << sentence_of(error.what()) << std::endl;
    }
  }
}
