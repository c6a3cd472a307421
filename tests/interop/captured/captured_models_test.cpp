#include "tests/interop/captured/captured_models.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "export/archive/program_archive.h"
#include "export/capture/capture.h"
#include "export/interpreter/plan.h"
#include "export/program/pickle/example_inputs.h"

using namespace roundtrip;

TEST_CASE("captured, saved and loaded programs return what the model returns") {
  for (const auto& models : {control_flow_models(), module_call_models()}) {
    for (const CapturedModel& model : models) {
      CAPTURE(model.stem);
      ExportCall call = model.make();
      call.options.strict = true;
      const Program program = read_program(write_program(capture_program(call)), {});
      const auto inputs = decode_example_inputs(program.example_inputs);
      REQUIRE(inputs);
      at::manual_seed(0);
      const Value result = Plan(program).run(inputs->args, inputs->kwargs);
      at::manual_seed(0);
      CHECK(bitwise_equal(result, call.module(call.args, call.kwargs)));
    }
  }
}
