#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <set>

#include "export/archive/program_archive.h"
#include "export/capture/capture.h"
#include "export/interpreter/plan.h"
#include "export/program/pickle/example_inputs.h"
#include "tests/interop/twins/twin.h"

using namespace roundtrip;

namespace {

/// It branches on data.
constexpr const char* kRefused = "AdaptiveLogSoftmaxWithLoss";

ExportCall strict_call(const Twin& twin) {
  at::manual_seed(0);
  ExportCall call = twin.static_call();
  call.options.strict = true;
  return call;
}

/// What the program that was captured, saved and loaded returns.
Value result_of_program(const ExportCall& call) {
  // Some layers call operators with `out`, which a file may not without leave.
  const LoadOptions own{.allowed = {.all = true}};
  const Program program = read_program(write_program(capture_program(call)), own);
  const auto inputs = decode_example_inputs(program.example_inputs);
  REQUIRE(inputs);
  at::manual_seed(0);
  return Plan(program).run(inputs->args, inputs->kwargs);
}

}  // namespace

TEST_CASE("captured, saved and loaded programs return what the model returns") {
  for (const Twin& twin : all_twins()) {
    CAPTURE(twin.name);
    const ExportCall call = strict_call(twin);
    if (twin.name == kRefused) {
      CHECK_THROWS_AS(capture_program(call), Error);
      continue;
    }
    try {
      const Value result = result_of_program(call);
      at::manual_seed(0);
      CHECK(bitwise_equal(result, call.module(call.args, call.kwargs)));
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
}

TEST_CASE("twins have different names") {
  std::set<std::string> names;
  for (const Twin& twin : all_twins()) CHECK_MESSAGE(names.insert(twin.name).second, twin.name);
}
