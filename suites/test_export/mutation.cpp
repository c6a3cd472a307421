// Models that write to their buffers and inputs.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

// A program shares its buffers with the model it was exported from, so these tests compare
// with another model of the class, as upstream's do.

TEST(TestExport, test_to_module_with_mutated_buffer) {
  const auto make = [] {
    Tensor buf = at::zeros({1});
    return Module(
        [=](const Tensor& x) {
          buf.add_(1);
          return x.sum() + buf.sum();
        },
        state({}, {{"buf", buf}}));
  };
  Values inputs{at::ones({5, 5})};
  auto program = t.export_program(make(), inputs);
  CHECK(weight(program, "buf").item<float>() == 0);
  const Module model = make();

  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(weight(program, "buf").item<float>() == 1);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(weight(program, "buf").item<float>() == 2);
}

TEST(TestExport, test_to_module_with_mutated_buffer_multiple) {
  const auto make = [] {
    Tensor buf = at::zeros({1});
    Tensor bar_buf = at::ones({1});
    return Module(
        [=](const Tensor& x) {
          buf.add_(1);
          bar_buf.add_(2);
          bar_buf.add_(1);
          Tensor bar = x.sum() + bar_buf.sum();
          return bar.sum() + buf.sum();
        },
        state({}, {{"buf", buf}, {"bar.buf", bar_buf}}));
  };
  Values inputs{at::ones({5, 5})};
  auto program = t.export_program(make(), inputs);
  const Module model = make();

  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(weight(program, "buf").item<float>() == 1);
  CHECK(weight(program, "bar.buf").item<float>() == 4);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(weight(program, "buf").item<float>() == 2);
  CHECK(weight(program, "bar.buf").item<float>() == 7);
}

TEST(TestExport, test_to_module_with_mutated_buffer_multiple_update_sub_later) {
  const auto make = [] {
    Tensor buf = at::zeros({1});
    Tensor bar_buf = at::ones({1});
    return Module(
        [=](const Tensor& x) {
          buf.add_(1);
          bar_buf.add_(1);
          Tensor bar = x.sum() + bar_buf.sum();
          bar_buf.add_(2);
          return bar.sum() + buf.sum();
        },
        state({}, {{"buf", buf}, {"bar.buf", bar_buf}}));
  };
  Values inputs{at::ones({5, 5})};
  auto program = t.export_program(make(), inputs);
  const Module model = make();

  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(weight(program, "buf").item<float>() == 1);
  CHECK(weight(program, "bar.buf").item<float>() == 4);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(weight(program, "buf").item<float>() == 2);
  CHECK(weight(program, "bar.buf").item<float>() == 7);
}

TEST(TestExport, test_user_input_and_buffer_mutation) {
  const Tensor initial = at::randn({4, 4});
  const auto make = [&] {
    Tensor foo = initial.clone();
    return Module(
        [=](const Tensor& x) {
          foo.add_(1);
          x.add_(1);
          return foo + x;
        },
        state({}, {{"foo", foo}}));
  };
  auto program = t.export_program(make(), {at::rand({4, 4})});
  CHECK(at::equal(weight(program, "foo"), initial));
  const Module model = make();
  CHECK(allclose(program.run({at::ones({4, 4})}), model({at::ones({4, 4})})));
}

// Upstream calls torch.export.export here, which no transformation replaces.
TEST(TestExport, test_export_for_training_with_mutation) {
  const auto make = [] {
    Tensor buffer = at::ones({4, 4});
    return Module(
               [=](const Tensor& x) {
                 x.add_(5);
                 buffer.add_(5);
                 return x + buffer;
               },
               state({}, {{"buffer", buffer}}))
        .arg_names({"x"});
  };
  auto program = export_program(make(), {at::ones({4, 4})});
  // C++ calls the operator for scalars where Python calls the one for tensors.
  CHECK(code(program) == R"(def forward(self, b_buffer, x):
    add_ = torch.ops.aten.add_.Scalar(x, 5);  x = None
    add__1 = torch.ops.aten.add_.Scalar(b_buffer, 5);  b_buffer = None
    add = torch.ops.aten.add.Tensor(add_, add__1);  add_ = add__1 = None
    return (add,))");
  CHECK(allclose(program.run({at::ones({4, 4})}), make()({at::ones({4, 4})})));
}

TEST(TestExport, test_export_for_training_with_container_type) {
  Tensor buffer = at::ones({4, 4});
  Module model(
      [=](const std::vector<Tensor>& container) {
        container[0].add_(5);
        container[1].add_(5);
        return container[0] + container[1] + buffer.sum();
      },
      state({}, {{"buffer", buffer}}));
  auto inputs = [] { return Values{Value::list({at::ones({4, 4}), at::ones({4, 4})})}; };
  auto program = t.export_program(model, inputs());
  CHECK(allclose(program.run(inputs()), model(inputs())));
}

TEST(TestExport, test_export_input_mutation_static_shape) {
  Module model([](const Tensor& x, const Tensor& y) {
    x.view({3, 2, -1}).add_(y);
    return x;
  });
  Values inputs{at::randn({12}), at::scalar_tensor(2, at::kLong)};
  auto program = t.export_program(model, inputs);
  Values exported_inputs = copy_of(inputs);
  Values model_inputs = copy_of(inputs);
  CHECK(allclose(program.run(exported_inputs), model(model_inputs)));
  Tensor expected = inputs[0].tensor() + 2;
  CHECK(allclose(model_inputs[0], expected));
  CHECK(allclose(exported_inputs[0], expected));
}

TEST(TestExport, test_export_input_mutation_bug) {
  Module model([](const Tensor& x) {
    x.slice(1, 0, 2).copy_(x.slice(1, 0, 2) + 1);
    return x;
  });
  auto first = t.export_program(model, {at::ones({4, 4, 4})});
  Module renamed = as_module(first).arg_names({"arg0_1"});
  auto program = t.export_program(renamed, {at::ones({4, 4, 4})});
  Values inputs{at::randn({4, 4, 4})};
  CHECK(allclose(program.run(copy_of(inputs)), model(copy_of(inputs))));
}

namespace {

/// A model and one within it, whose buffers both write to.
Module writes_to_two_buffers() {
  const Tensor buf = at::zeros({1}), bar_buf = at::ones({1});
  return Module(
             [=](const Tensor& x) {
               buf.add_(1);
               bar_buf.add_(1);
               const Tensor bar = x.sum() + bar_buf.sum();
               bar_buf.add_(2);
               return bar.sum() + buf.sum();
             },
             state({}, {{"buf", buf}, {"bar.buf", bar_buf}}))
      .arg_names({"x"});
}

}  // namespace

TEST(TestExport, test_retracable_ep) {
  const Values input{at::ones({5, 5})}, longer{at::ones({7, 5})};
  auto again = t.export_program(t.export_program(writes_to_two_buffers(), input).module(), input);
  CHECK(allclose(again.run(input), writes_to_two_buffers()(input)));

  const auto options = positional({{{0, Dim("dim0_x")}}});
  const auto exported = [&](const ExportOptions& first) {
    return t.export_program(writes_to_two_buffers(), input, {}, first).module();
  };
  again = t.export_program(exported(options), input);
  CHECK(has_in_order(run_error(again, longer), {"Guard failed: x.size()[0] == 5"}));
  again = t.export_program(exported(options), input, {}, options);
  CHECK(allclose(again.run(longer), writes_to_two_buffers()(longer)));

  const Module at_least_three = exported(dynamic({{"x", {{0, Dim("dim0_x_v2", 3)}}}}));
  CHECK(has_in_order(export_error(t, at_least_three, {at::randn({2, 2})}),
                     {"Guard failed: x.size()[0] >= 3"}));
}

namespace {

/// A class with two methods that are exported as models, on one buffer.
struct TwoMethods {
  Tensor t = at::scalar_tensor(10, at::kLong);
  Tensor foo(const Tensor& x) const { return x + Tensor(t).mul_(2); }
  Tensor bar(const Tensor& x) const { return x - t; }

  template <typename Method>
  Module module(Method method) const {
    return Module([self = *this, method](const Tensor& x) { return (self.*method)(x); },
                  state({}, {{"t", t}}))
        .arg_names({"x"});
  }
};

}  // namespace

TEST(TestExport, test_export_method) {
  const TwoMethods exported;
  auto options = dynamic({{"x", {Dim::DYNAMIC}}});
  options.strict = true;
  auto foo = t.export_program(exported.module(&TwoMethods::foo), {at::randn({4})}, {}, options);
  auto bar = t.export_program(exported.module(&TwoMethods::bar), {at::randn({4})}, {}, options);
  const auto is_under = [&](const char* suffix) {
    return t.suffix().find(suffix) != std::string::npos;
  };
  if (is_under("serdes") || is_under("_clone") || is_under("_unflatten")) {
    // Two files, and copies, share no tensors: upstream's sync_state.
    bar.edit([&](Program& edited) { edited.weights["t"].data = weight(foo, "t"); });
  }
  const TwoMethods model;
  const Tensor x = at::randn({5});
  const auto check_state = [&] {
    CHECK(at::equal(weight(foo, "t"), model.t));
    CHECK(at::equal(weight(bar, "t"), model.t));
  };
  check_state();
  CHECK(allclose(foo.run({x}), model.foo(x)));
  check_state();
  CHECK(allclose(bar.run({x}), model.bar(x)));
  check_state();
}

}  // namespace roundtrip
