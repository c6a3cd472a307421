#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/archive.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/export.h>

using namespace roundtrip;

namespace {

/// Takes tensors, a list, numbers and None; returns a dict.
ExportedProgram example_program() {
  Module model([](const at::Tensor& x, const std::vector<at::Tensor>& ys, c10::SymInt n,
                  std::optional<double> scale, const std::string& mode) {
    const at::Tensor y = ys[0] + ys[1].sum();
    return std::map<std::string, Value>{{"long", x.to(at::kLong)},
                                        {"pair", Value::tuple({y * 2, n + 1, 3, mode})},
                                        {"scale", scale.has_value()}};
  });
  model.arg_names({"x", "ys", "n", "scale", "mode"});
  const Dim batch("batch", 3, 16);
  return export_program(
      model,
      {at::ones({4, 2}), Value::list({at::ones({9}, at::kDouble), at::ones({5})}), 7, Value(), "a"},
      {},
      {.dynamic_shapes = {{"x", {{0, batch}}},
                          {"ys", ShapeSpec::list({{{0, 2 * batch + 1}}, {{0, Dim("other")}}})},
                          {"n", Dim::DYNAMIC},
                          {"scale", ShapeSpec()},
                          {"mode", ShapeSpec()}}});
}

}  // namespace

TEST_CASE("a program tells what it takes") {
  const auto program = load(save(example_program()));
  const std::vector<ProgramInput> inputs = program.inputs();
  std::string text;
  for (const ProgramInput& input : inputs) {
    text += input.name + ": " + input.str() + "\n";
  }
  REQUIRE(inputs.size() == 6);
  const std::string batch = inputs[0].sizes[0].text, other = inputs[2].sizes[0].text;
  CHECK(text == "x: f32[" + batch + ", 2]\nys[0]: f64[2*" + batch + " + 1]\nys[1]: f32[" + other +
                    "]\nn: Sym(" + inputs[3].number->text + ")\nscale: None\nmode: 'a'\n");
  CHECK((inputs[0].kind == InputKind::user_input));
  CHECK((inputs[0].type == ValueKind::tensor));
  CHECK((inputs[0].dtype == at::kFloat));
  CHECK(inputs[0].device.is_cpu());
  CHECK(inputs[0].sizes[0].is_dynamic);
  CHECK(inputs[0].sizes[0].min == 3);
  CHECK(inputs[0].sizes[0].max == 16);
  CHECK_FALSE(inputs[0].sizes[1].is_dynamic);
  CHECK(inputs[0].sizes[1].max == 2);
  CHECK(inputs[1].sizes[0].min == 7);
  CHECK(inputs[1].sizes[0].max == 33);
  CHECK_FALSE(inputs[2].sizes[0].max.has_value());
  CHECK((inputs[3].type == ValueKind::sym_int));
  CHECK_FALSE(inputs[4].type.has_value());
  CHECK((inputs[4].kind == InputKind::constant_input));
  CHECK(inputs[5].constant.string() == "a");
}

TEST_CASE("a program tells what it returns, and where") {
  const auto program = example_program();
  std::string text;
  for (const ProgramOutput& output : program.outputs()) {
    text += output.path + ": " + (output.type ? output.str().substr(0, 4) : output.str()) + "\n";
  }
  CHECK(text ==
        "['long']: i64[\n['pair'][0]: f64[\n['pair'][1]: Sym(\n['pair'][2]: 3\n"
        "['pair'][3]: 'a'\n['scale']: False\n");
  CHECK((program.outputs()[0].kind == OutputKind::user_output));
  CHECK(program.outputs()[1].name == "mul");
  const auto one = export_program(Module([](const at::Tensor& x) { return x * 2; }), at::ones({2}));
  CHECK(one.outputs().at(0).path.empty());
  CHECK(one.inputs().at(0).name == "args_0");
}
