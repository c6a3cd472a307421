// How inputs reach the model: keywords, containers, numbers, and what is checked.
#include <roundtrip/pytree.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

namespace {

/// An instance of a type registered with Python's pytree, a dataclass say.
Value registered(std::string type, Values items, std::string context = "null") {
  return Container{std::move(type), std::move(context), {}, std::move(items)};
}

}  // namespace

TEST(TestExport, test_export_func_with_kwargs) {
  Module model([](const Tensor& arg1, const Tensor& arg2, const Tensor& kw1, const Tensor& kw2) {
    return std::tuple(arg1 + arg2, kw1 + kw2);
  });
  model.arg_names({"arg1", "arg2", "kw1", "kw2"});
  check_same_as_eager(t, model, {at::ones({6, 4}), at::ones({1, 1})},
                      {{"kw1", at::ones({1, 1})}, {"kw2", at::ones({6, 4})}});
}

TEST(TestExport, test_export_func_with_pytree_kwargs) {
  Module model([](const Tensor& arg1, const Tensor& arg2, const Value& a, const Value& b) {
    return std::tuple(arg1 + a["kw1"].tensor() + b[0].tensor(),
                      arg2 + a["kw2"].tensor() + b[1].tensor());
  });
  model.arg_names({"arg1", "arg2", "a", "b"});
  Kwargs kwargs{{"a", Value::dict({{"kw1", at::ones({2, 3})}, {"kw2", at::ones({3, 4})}})},
                {"b", Value::list({at::ones({2, 3}), at::ones({3, 4})})}};
  check_same_as_eager(t, model, {at::ones({2, 3}), at::ones({3, 4})}, kwargs);
}

TEST(TestExport, test_export_func_with_default_kwargs) {
  Module dict_and_default(
      [](const Tensor& arg1, const Tensor& arg2, const Value& a, std::optional<std::int64_t> b) {
        return std::tuple(arg1 + arg2, a["kw1"].tensor() + a["kw2"].tensor() + b.value_or(1));
      });
  dict_and_default.arg_names({"arg1", "arg2", "a", "b"});
  Module two_defaults([](const Tensor& arg1, const Tensor& arg2, std::optional<std::int64_t> a,
                         std::optional<std::int64_t> b) {
    return std::tuple(arg1 + a.value_or(1), arg2 + b.value_or(2));
  });
  two_defaults.arg_names({"arg1", "arg2", "a", "b"});

  Values args{at::ones({6, 4}), at::ones({1, 1})};
  Value a = Value::dict({{"kw1", at::ones({1, 1})}, {"kw2", at::ones({6, 4})}});
  check_same_as_eager(t, dict_and_default, args, {{"a", a}});
  check_same_as_eager(t, dict_and_default, args, {{"a", a}, {"b", 2}});
  check_same_as_eager(t, two_defaults, args, {{"b", 1}});
}

TEST(TestExport, test_kwargs_reorder) {
  Module model([](const Tensor& x, const Tensor& y, const Tensor& z) { return x + y + z; });
  model.arg_names({"x", "y", "z"});
  auto kwarg = [](const char* name) { return std::pair<std::string, Value>(name, at::ones({3})); };
  auto program = t.export_program(model, {}, {kwarg("z"), kwarg("y"), kwarg("x")});
  Value three = at::full({3}, 3.0);
  CHECK(allclose(program.run({}, {kwarg("z"), kwarg("y"), kwarg("x")}), three));
  CHECK(allclose(program.run({}, {kwarg("x"), kwarg("z"), kwarg("y")}), three));
}

TEST(TestExport, test_export_func_with_var_postional_args) {
  Module model([](const Values& args, const Kwargs&) {
    return Value::tuple({args[0].tensor() + args[2].tensor(), args[1].tensor() + args[3].tensor()});
  });
  model.arg_names({"arg1", "arg2"});
  check_same_as_eager(t, model,
                      {at::ones({2, 3}), at::ones({3, 4}), at::ones({2, 3}), at::ones({3, 4})});
}

TEST(TestExport, test_export_func_with_keyword_only_args) {
  Module model([](const Values& args, const Kwargs& kwargs) {
    return Value::tuple({args[0].tensor() + args[2].tensor() + keyword(kwargs, "kw1").tensor(),
                         args[1].tensor() + args[3].tensor() + keyword(kwargs, "kw2").tensor()});
  });
  model.arg_names({"arg1", "arg2"});
  check_same_as_eager(t, model,
                      {at::ones({2, 3}), at::ones({3, 4}), at::ones({2, 3}), at::ones({3, 4})},
                      {{"kw1", at::ones({2, 3})}, {"kw2", at::ones({3, 4})}});
}

TEST(TestExport, test_export_func_with_var_keyword_args) {
  Module model([](const Values& args, const Kwargs& kwargs) {
    auto sum = [&](int first, int second, const char* kw, const char* other_kw) {
      return args[first].tensor() + args[second].tensor() + keyword(kwargs, kw).tensor() +
             keyword(kwargs, other_kw).tensor();
    };
    return Value::tuple({sum(0, 2, "kw1", "kw3"), sum(1, 3, "kw2", "kw4")});
  });
  model.arg_names({"arg1", "arg2"});
  Kwargs kwargs{{"kw1", at::ones({2, 3})},
                {"kw2", at::ones({3, 4})},
                {"kw3", at::ones({2, 3})},
                {"kw4", at::ones({3, 4})}};
  check_same_as_eager(
      t, model, {at::ones({2, 3}), at::ones({3, 4}), at::ones({2, 3}), at::ones({3, 4})}, kwargs);
}

TEST(TestExport, test_export_func_with_var_keyword_pytree_args) {
  Module model([](const Values& args, const Kwargs& kwargs) {
    return Value::tuple({args[0].tensor() + args[1][0][0].tensor() + args[2].tensor() +
                             keyword(kwargs, "kw1")[0].tensor() +
                             keyword(kwargs, "kw3")[0].tensor(),
                         args[1][1].tensor() + args[3].tensor() + keyword(kwargs, "kw2").tensor() +
                             keyword(kwargs, "kw4").tensor()});
  });
  model.arg_names({"arg1", "arg2"});
  Values args{at::ones({2, 3}), Value::list({Value::tuple({at::ones({2, 3})}), at::ones({3, 4})}),
              at::ones({2, 3}), at::ones({3, 4})};
  Kwargs kwargs{{"kw1", Value::tuple({at::ones({2, 3})})},
                {"kw2", at::ones({3, 4})},
                {"kw3", Value::tuple({at::ones({2, 3}), at::ones({3, 4})})},
                {"kw4", at::ones({3, 4})}};
  check_same_as_eager(t, model, args, kwargs);
}

TEST(TestExport, test_mixed_input) {
  Module model(
      [](const Tensor& a, const Tensor& b, std::int64_t alpha) { return at::add(a, b, alpha); });
  auto program = t.export_program(model, {at::rand({1, 2}), at::rand({1, 2}), 10});
  const auto& inputs = program.program().graph_module.graph.inputs();
  REQUIRE(inputs.size() == 3);
  CHECK(inputs[0].get<TensorArgument>() != nullptr);
  CHECK(inputs[1].get<TensorArgument>() != nullptr);
  CHECK(inputs[2].get<std::int64_t>() != nullptr);
}

TEST(TestExport, test_size_input) {
  Module model([](const Tensor& theta, const Value& size) {
    std::vector<std::int64_t> sizes;
    for (const Value& item : size.container().items) sizes.push_back(item.to_int());
    return at::affine_grid_generator(theta, sizes, /*align_corners=*/false);
  });
  Value size = registered("torch.Size", {1, 3, 24, 24});
  Values inputs{at::ones({1, 2, 3}), size};
  auto program = t.export_program(model, inputs);
  CHECK(allclose(program.run(inputs), model(inputs)));
  auto examples = program.example_inputs();
  REQUIRE(examples.has_value());
  REQUIRE(examples->args.size() == 2);
  CHECK(allclose(examples->args[0], inputs[0]));
  CHECK(allclose(examples->args[1], inputs[1]));
}

TEST(TestExport, test_namedtuple_input_export) {
  // Upstream's namedtuple stands where the tuple of arguments does; so do its items here.
  const Value point =
      Container{"collections.namedtuple", "PointNT", {}, {at::randn({3}), at::randn({3})}};
  const Values& inputs = point.container().items;
  Module model([](const Tensor& x, const Tensor& y) { return x + y; });
  model.arg_names({"x", "y"});
  for (const bool strictly : {false, true}) {
    auto program = t.export_program(model, inputs, {}, strict(strictly));
    CHECK(input_names(program) == "x, y");
    CHECK(allclose(program.run(inputs), model(inputs)));
  }
}

TEST(TestExport, test_runtime_assert_for_prm_str) {
  Module model([](const Tensor& a, const Tensor& b, const std::string& mode) {
    return at::div(a, b, mode);
  });
  model.arg_names({"a", "b", "mode"});
  Values inputs{at::randn({4, 4}), at::randn({4}), "trunc"};
  auto program = t.export_program(model, inputs);
  CHECK_THROWS_WITH_AS(program.run({at::randn({4, 4}), at::randn({4}), "floor"}),
                       doctest::Contains("Guard failed: mode == 'trunc'"), InputError);
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_export_with_wrong_inputs) {
  Module model([](const Tensor& x) { return x + x; });
  model.arg_names({"x"});
  auto program = t.export_program(model, {at::rand({2, 3})});
  // Python shows the trees of both; the message here names what is wrong with the input.
  CHECK_THROWS_WITH_AS(program.run({at::rand({2, 3}), at::rand({2, 3})}),
                       doctest::Contains("too many inputs: the program takes 1 positional "
                                         "arguments, ['x'], but got 2"),
                       InputError);
}

TEST(TestExport, test_preserve_requires_grad_placeholders) {
  Tensor p = parameter(at::randn({3, 3}));
  Module model([=](const Tensor& x, const Tensor& y) { return p + x + y; }, state({{"p", p}}));
  model.arg_names({"x", "y"});
  auto program = t.export_program(model, {at::randn({3, 3}), parameter(at::randn({3, 3}))});
  const Graph& graph = program.program().graph_module.graph;
  CHECK(graph.find("p_p")->tensor()->requires_grad);
  CHECK_FALSE(graph.find("x")->tensor()->requires_grad);
  CHECK(graph.find("y")->tensor()->requires_grad);
}

TEST(TestExport, test_pytree_register_data_class) {
  const std::string leaf = R"({"type": null, "context": null, "children_spec": []})";
  struct Case {
    Value data_class;
    std::string spec;  ///< as Python writes it
  };
  const Case none_left_out{
      registered("test_pytree_register_data_class.MyDataClass", {3, 4}, R"([["x", "y"], ["z"]])"),
      R"([1, {"type": "test_pytree_register_data_class.MyDataClass", )"
      R"("context": "[[\"x\", \"y\"], [\"z\"]]", "children_spec": [)" +
          leaf + ", " + leaf + "]}]"};
  const Case none_kept{registered("test_pytree_regster_data_class.MyOtherDataClass",
                                  {3, 4, Value()}, R"([["x", "y", "z"], []])"),
                       R"([1, {"type": "test_pytree_regster_data_class.MyOtherDataClass", )"
                       R"("context": "[[\"x\", \"y\", \"z\"], []]", "children_spec": [)" +
                           leaf + ", " + leaf + ", " + leaf + "]}]"};
  for (const auto& [data_class, text] : {none_left_out, none_kept}) {
    TreeSpec spec;
    const Values leaves = tree_flatten(data_class, &spec);
    CHECK(treespec_dumps(spec) == text);
    CHECK(bitwise_equal(Value::list(leaves), Value::list(data_class.container().items)));
    CHECK(bitwise_equal(tree_unflatten(leaves, spec), data_class));
    CHECK(treespec_loads(text) == spec);
  }
}

TEST(TestExport, test_pytree_register_nested_data_class) {
  auto inner = [](int x, int y) {
    return registered("test_pytree_register_nested_data_class.Inner", {x, y},
                      R"([["x", "y"], []])");
  };
  Value outer = registered("test_pytree_register_nested_data_class.Outer",
                           {inner(1, 2), inner(3, 4)}, R"([["xy", "ab"], []])");
  Value input = Value::dict({{"dt1", Value::tuple({outer, Value::tuple({Value::dict({})})})},
                             {"dt2", Value::tuple({Value::tuple({at::ones({1})}), outer})}});

  TreeSpec spec;
  Values leaves = tree_flatten(input, &spec);
  CHECK(bitwise_equal(Value::list(leaves), Value::list({1, 2, 3, 4, at::ones({1}), 1, 2, 3, 4})));
  CHECK(bitwise_equal(tree_unflatten(leaves, spec), input));
  const auto node = [](const std::string& type, const std::string& context,
                       const std::string& children) {
    return R"({"type": ")" + type + R"(", "context": ")" + context + R"(", "children_spec": [)" +
           children + "]}";
  };
  // As Python writes it.
  const std::string prefix = "test_pytree_register_nested_data_class.";
  const std::string leaf = R"({"type": null, "context": null, "children_spec": []})";
  const std::string inner_text =
      node(prefix + "Inner", R"([[\"x\", \"y\"], []])", leaf + ", " + leaf);
  const std::string outer_text =
      node(prefix + "Outer", R"([[\"xy\", \"ab\"], []])", inner_text + ", " + inner_text);
  const std::string empty = node("builtins.tuple", "null", node("builtins.dict", "[]", ""));
  const std::string one = node("builtins.tuple", "null", leaf);
  CHECK(treespec_dumps(spec) ==
        "[1, " +
            node("builtins.dict", R"([\"dt1\", \"dt2\"])",
                 node("builtins.tuple", "null", outer_text + ", " + empty) + ", " +
                     node("builtins.tuple", "null", one + ", " + outer_text)) +
            "]");
  CHECK(treespec_loads(treespec_dumps(spec)) == spec);
}

TEST(TestExport, test_custom_pytree) {
  Tensor held = at::ones({4, 4});
  Module model(
      [=](const Value& foo) { return foo[0].tensor().sum() + foo[1].tensor().sum() + held.sum(); });
  Value foo = registered("suite.Foo", {at::ones({4, 4}), at::ones({4, 4})});
  check_same_as_eager(t, model, {foo}, {}, strict(false));
}

}  // namespace roundtrip
