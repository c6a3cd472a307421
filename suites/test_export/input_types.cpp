// What may be an input at all.
#include <type_traits>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

/// Upstream's `InputModule`: a linear layer that is an input, registered with Python's pytree
/// by the tensors it has.
struct InputModule {
  Tensor weight = parameter(at::randn({3, 3}));
  Tensor bias = parameter(at::randn({3}));
  Tensor forward(const Tensor& x, const Tensor& y) const { return at::linear(x, weight, bias) * y; }
};

/// Of a type that is no pytree node.
/// A struct without a constructor would be a tuple of its members.
struct NoPytreeNode {
  NoPytreeNode(Tensor a, Tensor b) : a(std::move(a)), b(std::move(b)) {}
  Tensor a, b;
};

template <typename T>
concept HasConvert = requires(const Value& value) {
  Convert<T>::from_value(value);
};

}  // namespace

template <>
struct Convert<InputModule> {
  static InputModule from_value(const Value& value) {
    return {value[0].tensor(), value[1].tensor()};
  }
  static Value to_value(const InputModule& module) {
    return Container{"suite.InputModule",
                     R"([["linear.weight", "linear.bias"], null])",
                     {},
                     {module.weight, module.bias}};
  }
};

TEST(TestExport, test_module_input) {
  Module foo([](const Tensor& x, const Tensor& y, const InputModule& m) {
    return m.forward(x, y) + x + y;
  });
  const auto inputs = [] {
    return Values{at::randn({3}), at::randn({3}), Convert<InputModule>::to_value(InputModule())};
  };
  auto program = t.export_program(foo, inputs(), {}, strict(false));
  const Values other = inputs();
  CHECK(allclose(program.module()(other), foo(other)));
}

// That examples are a tuple and a dict, which Python checks as well, the type says.
TEST(TestExport, test_set_example_inputs) {
  Module model([](const Tensor& a, const Tensor& x, const Tensor& y, const Tensor& z) {
    return std::tuple(a, x + y + z);
  });
  model.arg_names({"a", "x", "y", "z"});
  const auto keywords = [](std::initializer_list<const char*> names) {
    Kwargs kwargs;
    for (const char* name : names) kwargs.emplace_back(name, at::ones({3}));
    return kwargs;
  };
  auto program = t.export_program(model, {at::ones({3})}, keywords({"z", "y", "x"}));
  const auto run_example = [&] {
    const auto examples = program.example_inputs();
    REQUIRE(examples.has_value());
    CHECK(allclose(program.module()(examples->args, examples->kwargs)[1], at::full({3}, 3.0)));
  };
  run_example();
  program.set_example_inputs({{at::ones({3})}, keywords({"x", "z", "y"})});
  run_example();

  CHECK_FALSE(std::is_constructible_v<ExampleInputs, Tensor>);
  CHECK_THROWS_WITH_AS(program.set_example_inputs({{at::ones({3})}, {}}),
                       doctest::Contains("missing input"), InputError);
  CHECK_THROWS_WITH_AS(program.set_example_inputs({{}, keywords({"x", "z", "y"})}),
                       doctest::Contains("the program takes 1 positional arguments"), InputError);
}

// Python raises "to be a tuple"; here the compiler refuses a tensor instead of a list of values.
TEST(TestExport, test_args_type_checked) {
  using Export = ExportedProgram (*)(Module, Values, Kwargs, ExportOptions);
  CHECK(std::is_invocable_v<Export, Module, Values, Kwargs, ExportOptions>);
  CHECK_FALSE(std::is_invocable_v<Export, Module, Tensor, Kwargs, ExportOptions>);
}

// Python raises "It looks like one of the inputs with type"; here the compiler refuses it.
TEST(TestExport, test_invalid_pytree_dynamo_graph_capture) {
  const auto foo = [](const auto& block) { return block.a + block.b; };
  CHECK(std::is_invocable_r_v<Tensor, decltype(foo), NoPytreeNode>);
  CHECK_FALSE(std::is_constructible_v<Value, NoPytreeNode>);
  CHECK_FALSE(HasConvert<NoPytreeNode>);
}

}  // namespace roundtrip
