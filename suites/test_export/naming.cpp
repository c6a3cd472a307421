// Names of graph inputs, nodes, parameters and buffers.
#include <roundtrip/unflatten.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

TEST(TestExport, test_colon_parameter) {
  Tensor foo_bar = parameter(at::ones({3, 3}));
  Module model([=](const Tensor& x) { return x + foo_bar; }, state({{"foo:bar", foo_bar}}));
  auto program = t.export_program(model, {at::randn({3, 3})});
  Values inputs{at::randn({3, 3})};
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_placeholder_naming_order) {
  Tensor weight1 = parameter(at::rand({16, 3}));
  Tensor weight2 = parameter(at::rand({32, 3}));
  Module model(
      [=](const Tensor& x1, const Tensor& x2, std::optional<bool>) {
        return at::cat({at::linear(x1, weight1), at::linear(x2, weight2)}, 1);
      },
      state({{"layer1.weight", weight1}, {"layer2.weight", weight2}}));
  model.arg_names({"x1", "x2", "flag"});
  Values args{at::rand({1, 3})};
  Kwargs kwargs{{"flag", false}, {"x2", at::rand({1, 3})}};
  auto program = t.export_program(model, args, kwargs);
  CHECK(allclose(program.run(args, kwargs), model(args, kwargs)));
  CHECK(input_names(program) == "p_layer1_weight, p_layer2_weight, x1, flag, x2");
}

TEST(TestExport, test_placeholder_naming_order_variadic) {
  Module model([](const Values& args, const Kwargs& kwargs) -> Value {
    return args[0].tensor() - keyword(kwargs, "b").tensor() +
           keyword(kwargs, "c").tensor() * keyword(kwargs, "d").tensor();
  });
  model.arg_names({"a", "b", "c"});
  Values args{at::randn({3})};
  Kwargs kwargs{{"c", at::randn({3})}, {"b", at::randn({3})}, {"d", at::randn({3})}};
  auto program = t.export_program(model, args, kwargs);
  CHECK(allclose(program.run(args, kwargs), model(args, kwargs)));
  CHECK(input_names(program) == "a, c, b, d");
}

TEST(TestExport, test_placeholder_naming_collisions) {
  // Nested user inputs collide with each other.
  Module nested([](const Value& x, const Value& x_foo, const Tensor& x_foo_0) {
    return x["foo"][0].tensor() + x_foo[0].tensor() + x_foo_0;
  });
  nested.arg_names({"x", "x_foo", "x_foo_0"});
  auto program = t.export_program(nested, {Value::dict({{"foo", Value::list({at::randn({4, 4})})}}),
                                           Value::tuple({at::randn({4, 4})}), at::randn({4, 4})});
  CHECK(input_names(program) == "x_foo_0, x_foo_0_1, x_foo_0_2");

  // User inputs collide with parameters, buffers and constants; user inputs keep their names.
  Tensor param = parameter(at::randn({4}));
  Tensor alpha = at::randn({4}), beta = at::randn({4}), gamma = at::randn({4});
  const Module stateful = declaring(
      Module(
          [=](const Value& p, const Tensor& b_alpha, const Value& b, const Tensor& c_gamma) {
            return std::tuple(p["param"].tensor() + param,
                              alpha + beta + b_alpha + b["beta"].tensor(), gamma + c_gamma);
          },
          state({{"param", param}}, {{"alpha", alpha}, {"beta", beta}}, {"beta"}))
          .arg_names({"p", "b_alpha", "b", "c_gamma"}),
      {{"gamma", gamma}});
  program = t.export_program(stateful, {Value::dict({{"param", at::randn({4})}}), at::randn({4}),
                                        Value::dict({{"beta", at::randn({4})}}), at::randn({4})});
  CHECK(input_names(program) ==
        "p_param_1, b_alpha_1, b_beta_1, c_gamma_1, p_param, b_alpha, b_beta, c_gamma");
  CHECK(count_inputs(program, InputKind::parameter) == 1);
  CHECK(count_inputs(program, InputKind::buffer) == 2);
  CHECK(count_inputs(program, InputKind::tensor_constant) == 1);
  CHECK(count_inputs(program, InputKind::user_input) == 4);

  // User inputs collide with nodes.
  Module nodes([](const Tensor& mul, const Tensor& add, const Tensor& add_1) {
    return mul * mul + add * add_1;
  });
  nodes.arg_names({"mul", "add", "add_1"});
  program = t.export_program(nodes, {at::randn({4, 4}), at::randn({4, 4}), at::randn({4, 4})});
  CHECK(input_names(program) == "mul, add, add_1");
  CHECK(node_names(program) == "mul_1, mul_2, add_2");
}

TEST(TestExport, test_constant_input_naming) {
  Module model([](const Tensor& x, const Tensor& y, std::optional<std::string> div) {
    return at::div(x, y, div.value_or("floor"));
  });
  model.arg_names({"x", "y", "div"});
  auto program = t.export_program(model, {at::randn({4}), at::randn({4}), "floor"});
  const auto& spec = program.program().graph_module.signature.input_specs.at(2);
  REQUIRE(spec.kind == InputKind::constant_input);
  CHECK(spec.target == "div");
  CHECK(*spec.arg.get<std::string>() == "floor");
}

TEST(TestExport, test_fqn) {
  Tensor child1param = parameter(at::ones({2, 3}));
  Tensor child2buffer = at::ones({2, 3});
  Tensor rootparam = parameter(at::ones({2, 3}));
  NamedTensors parameters{{"rootparam", rootparam}, {"foo.child1param", child1param}};
  NamedTensors buffers{{"bar.child2buffer", child2buffer}};
  Module model(
      [=](const Tensor& x) {
        Tensor scaled = x * rootparam;
        return scaled / scaled + child1param - child2buffer;
      },
      state(parameters, buffers));
  auto program = t.export_program(model, {at::rand({2, 3})});
  for (const auto& tensors : {parameters, buffers}) {
    for (const auto& [name, tensor] : tensors) {
      REQUIRE(program.program().weights.contains(name));
      CHECK(at::equal(weight(program, name), tensor));
    }
  }
  Values inputs{at::randn({2, 3})};
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_unused_aliases) {
  Tensor gamma = parameter(at::randn({4}));
  Module model([=](const Tensor& x) { return x + gamma; },
               state({{"alpha", gamma}, {"beta", gamma}, {"gamma", gamma}}));
  Values inputs{at::randn({4})};
  auto program = t.export_program(model, inputs);
  CHECK(weight_names(program) == "alpha, beta, gamma");
  CHECK(weight(program, "alpha").is_alias_of(weight(program, "gamma")));
  CHECK(allclose(program.run(inputs), model(inputs)));
  const auto parameters = unflatten(program).module().state().parameters;
  for (const char* name : {"alpha", "beta", "gamma"}) CHECK(parameters.contains(name));
}

TEST(TestExport, test_non_persistent_buffer) {
  Tensor foo = at::rand({2, 3});
  Values inputs{at::rand({2, 3})};
  for (const std::string name : {"foo", "inner.foo"}) {
    Module model([=](const Tensor& x) { return foo + x; }, state({}, {{name, foo}}, {name}));
    auto program = t.export_program(model, inputs);
    CHECK(allclose(program.run(inputs), model(inputs)));
    CHECK(weight_names(program) == "");
    CHECK(constant_names(program) == name);
    CHECK(count_inputs(program, InputKind::buffer) == 1);
  }
}

}  // namespace roundtrip
