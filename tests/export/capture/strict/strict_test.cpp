#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

ExportOptions strict() {
  ExportOptions options;
  options.strict = true;
  return options;
}

}  // namespace

TEST_CASE("a model that does the same each time passes") {
  const auto lookup = [](const Tensor& ids, const Tensor& table) {
    return at::embedding(table, ids);
  };
  CHECK_NOTHROW(
      capture(lookup, {"ids", "table"}, {at::tensor({4, 0, 2}), at::randn({5, 2})}, strict()));
  // Random data would not be positive definite.
  const auto factor = [](const Tensor& x) { return at::linalg_cholesky(x); };
  CHECK_NOTHROW(capture(factor, {"x"}, {at::eye(3) + 0.1}, strict()));
}

TEST_CASE("a dimension may be derived from one that no input has") {
  ExportOptions options = strict();
  options.dynamic_shapes = {{"x", {{1, 3 * Dim("s", 2, 16)}}}};
  const auto twice = [](const Tensor& x) { return x + x; };
  CHECK_NOTHROW(capture(twice, {"x"}, {at::ones({2, 18})}, options));
  const auto as_often = [](const Tensor& x) {
    return at::full({}, static_cast<double>(x.size(1))) + x;
  };
  CHECK_THROWS_AS(capture(as_often, {"x"}, {at::ones({2, 18})}, options), CaptureError);
}

TEST_CASE("a model that counts its calls is refused, naming the node") {
  auto calls = std::make_shared<int>(0);
  const auto model = [calls](const Tensor& x) { return x.relu() + (*calls)++; };
  CHECK_THROWS_WITH_AS(
      capture(model, {"x"}, {at::ones({2})}, strict()),
      doctest::Contains("Node 1 was first 'add = aten.add.Scalar(self=relu, "
                        "other=0)', then 'add = aten.add.Scalar(self=relu, other=1)'"),
      CaptureError);
}

TEST_CASE("numbers that differ in their last digit are not the same") {
  const auto calls = std::make_shared<int>(0);
  const auto model = [calls](const Tensor& x) { return x * (1.0 + 1e-12 * (*calls)++); };
  CHECK_THROWS_WITH_AS(
      capture(model, {"x"}, {at::ones({2})}, strict()),
      doctest::Contains("'mul = aten.mul.Scalar(self=arg0_1, other=1.0)', then 'mul = "
                        "aten.mul.Scalar(self=arg0_1, other=1.000000000001)'"),
      CaptureError);
}

TEST_CASE("a node that only the second run has is refused") {
  const auto calls = std::make_shared<int>(0);
  const auto model = [calls](const Tensor& x) {
    const Tensor y = x + 1;
    return (*calls)++ == 0 ? y : y.relu();
  };
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::ones({2})}, strict()),
                       doctest::Contains("Node 1 was first 'nothing more', then 'relu = "
                                         "aten.relu.default(self=add)'"),
                       CaptureError);
}

TEST_CASE("a model that branches on data of a plain tensor is refused") {
  const auto model = [](const Tensor& x) {
    Tensor sum = at::empty({});
    at::sum_out(sum, x, at::IntArrayRef{0});
    return *sum.data_ptr<float>() == 6.0F ? x + x : x * x;
  };
  CHECK_NOTHROW(capture(model, {"x"}, {at::arange(4, at::kFloat)}));
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::arange(4, at::kFloat)}, strict()),
                       doctest::Contains("reads the memory"), CaptureError);
}

TEST_CASE("a constant that changes from call to call is refused") {
  auto calls = std::make_shared<int>(0);
  const auto model = [calls](const Tensor& x) { return x + at::tensor({(*calls)++}); };
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::ones({2})}, strict()),
                       doctest::Contains("'lifted_tensor_0' has other values"), CaptureError);
}

TEST_CASE("a model that returns something else is refused") {
  auto calls = std::make_shared<std::int64_t>(0);
  const auto model = [calls](const Tensor& x) { return std::pair(x, (*calls)++); };
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::ones({2})}, strict()),
                       doctest::Contains("first returned"), CaptureError);
}

namespace {

/// A model's tensors, all of which forward can reach.
struct Tensors {
  Tensor weight = at::ones({2}).set_requires_grad(true);
  Tensor buffer = at::ones({2});
  Tensor constant = at::ones({2});
  Tensor field{};
};

using Forward = std::function<Tensor(Tensors&, const Tensor&)>;

/// `declares` says whether the state lists the constant.
ExportCall call_of(const std::shared_ptr<Tensors>& tensors, Forward forward, bool strict,
                   bool declares = true) {
  const auto state = [tensors, declares] {
    ModuleState state;
    state.parameters.insert("weight", tensors->weight);
    state.buffers.insert("buffer", tensors->buffer);
    if (declares) state.constants.insert("constant", tensors->constant);
    return state;
  };
  Module module([tensors, forward](const Tensor& x) { return forward(*tensors, x); }, state);
  module.arg_names({"x"});
  return {module, {at::ones({2})}, {}, {.strict = strict}};
}

/// Strict refuses the model with this message, which otherwise is captured.
Program check_refused(const Forward& forward, const char* message, bool declares = true) {
  const auto tensors = std::make_shared<Tensors>();
  CHECK_THROWS_WITH_AS(capture_program(call_of(tensors, forward, true, declares)),
                       doctest::Contains(message), CaptureError);
  return capture_program(call_of(std::make_shared<Tensors>(), forward, false, declares));
}

void check_passes(const Forward& forward) {
  CHECK_NOTHROW(capture_program(call_of(std::make_shared<Tensors>(), forward, true)));
}

bool has_warning(const Program& program, const std::string& text) {
  return std::any_of(program.warnings.begin(), program.warnings.end(),
                     [&](const std::string& line) { return line.find(text) != line.npos; });
}

}  // namespace

TEST_CASE("strict refuses a tensor from outside that the model does not declare") {
  const Forward forward = [](Tensors& tensors, const Tensor& x) { return x + tensors.constant; };
  const Program program = check_refused(forward, "uses a tensor from outside", false);
  CHECK(program.constants.keys() == std::vector<std::string>{"lifted_tensor_0"});
  check_passes(forward);
  check_passes([](Tensors&, const Tensor& x) { return x + at::tensor({1.0F, 2.0F}); });
  check_passes(
      [](Tensors&, const Tensor& x) { return x.index_put({at::tensor({1})}, at::ones({})); });
}

TEST_CASE("strict refuses that forward assigns to a field") {
  const char* message = "A tensor attribute was assigned during export";
  const Program program = check_refused(
      [](Tensors& tensors, const Tensor& x) { return tensors.field = x + 1; }, message);
  CHECK(has_warning(program, "aten.add.Scalar"));
  check_refused(
      [](Tensors& tensors, const Tensor& x) {
        tensors.field = at::tensor({1.0F, 2.0F});
        return x + tensors.field;
      },
      message);
}

TEST_CASE("strict refuses that forward assigns to a registered tensor") {
  const char* message = "The tensor attribute self.buffer was assigned during export";
  const Forward forward = [](Tensors& tensors, const Tensor& x) {
    tensors.buffer = tensors.buffer + 1;
    return x + tensors.buffer;
  };
  const Program program = check_refused(forward, message);
  CHECK(has_warning(program, message));
  // The program has the buffer that there was.
  CHECK(at::equal(std::get<Tensor>(program.weights["buffer"].data), at::ones({2})));
  check_passes([](Tensors& tensors, const Tensor& x) { return x + tensors.buffer.add_(1); });
}

namespace {

/// A model whose members are known by name: a buffer and a tensor that is none.
Program capture_with_fields(const std::shared_ptr<Tensors>& tensors, const Forward& forward,
                            bool strict) {
  ExportCall call = call_of(tensors, forward, strict, /*declares=*/false);
  call.module.fields({{"buffer", &tensors->buffer}, {"field", &tensors->field}});
  return capture_program(call);
}

}  // namespace

TEST_CASE("a buffer that forward assigns to by its member is written to in the end") {
  for (const bool strict : {false, true}) {
    const auto tensors = std::make_shared<Tensors>();
    const Tensor buffer = tensors->buffer;
    const Program program = capture_with_fields(
        tensors,
        [](Tensors& own, const Tensor& x) {
          own.buffer = own.buffer + x;
          return own.buffer * 2;
        },
        strict);
    CHECK(text(program) ==
          "(p_weight, b_buffer, x)\n"
          "add = aten.add.Tensor(self=b_buffer, other=x)\n"
          "mul = aten.mul.Scalar(self=add, other=2)\n"
          "copy__default = aten.copy_.default(self=b_buffer, src=add)\n"
          "return (mul)\n");
    CHECK(program.warnings.empty());
    CHECK(tensors->buffer.is_same(buffer));
  }
}

TEST_CASE("what shares memory with an assigned buffer is a copy") {
  const Program program = capture_with_fields(
      std::make_shared<Tensors>(),
      [](Tensors& own, const Tensor&) {
        const Tensor before = own.buffer.view({1, 2});
        own.buffer = own.buffer.flip({0});
        own.buffer = before.view({2});
        return before;
      },
      false);
  CHECK(text(program) ==
        "(p_weight, b_buffer, x)\n"
        "view = aten.view.default(self=b_buffer, size=[1, 2])\n"
        "flip = aten.flip.default(self=b_buffer, dims=[0])\n"
        "view_1 = aten.view.default(self=view, size=[2])\n"
        "clone = aten.clone.default(self=view)\n"
        "clone_1 = aten.clone.default(self=view_1)\n"
        "copy__default = aten.copy_.default(self=b_buffer, src=clone_1)\n"
        "return (clone)\n");
}

TEST_CASE("a buffer keeps its shape, and members that are no buffers are named") {
  const auto tensors = std::make_shared<Tensors>();
  CHECK_THROWS_WITH_AS(capture_with_fields(
                           tensors,
                           [](Tensors& own, const Tensor& x) {
                             own.buffer = x.sum();
                             return x + 1;
                           },
                           false),
                       doctest::Contains("the buffer 'buffer' a value of another shape"),
                       CaptureError);
  CHECK(at::equal(tensors->buffer, at::ones({2})));
  const Forward forward = [](Tensors& own, const Tensor& x) { return own.field = x + 1; };
  const char* message = "The tensor attribute self.field was assigned during export";
  CHECK(has_warning(capture_with_fields(tensors, forward, false), message));
  CHECK_FALSE(tensors->field.defined());
  CHECK_THROWS_WITH_AS(capture_with_fields(tensors, forward, true), doctest::Contains(message),
                       CaptureError);
}

TEST_CASE("strict refuses that forward registers something") {
  const auto modules = std::make_shared<std::vector<Submodule>>();
  Module model(
      [modules](const Tensor& x) {
        modules->push_back({"late", "Late"});
        return x + 1;
      },
      [modules] { return ModuleState{.modules = *modules}; });
  CHECK_THROWS_WITH_AS(capture_program({model, {at::ones({2})}, {}, {.strict = true}}),
                       doctest::Contains("The submodule self.late was assigned"), CaptureError);
}

TEST_CASE("a tensor that is given other memory is refused, and gets its own again") {
  const auto forward = [](Tensors& tensors, const Tensor& x) {
    tensors.buffer.set_data(at::zeros({2}));
    return x + tensors.buffer;
  };
  for (const bool strict : {false, true}) {
    const auto tensors = std::make_shared<Tensors>();
    CHECK_THROWS_WITH_AS(capture_program(call_of(tensors, forward, strict)),
                         doctest::Contains("set_data"), CaptureError);
    CHECK(at::equal(tensors->buffer, at::ones({2})));
  }
  const Tensor other = at::zeros({2});
  check_refused(
      [other](Tensors& tensors, const Tensor& x) {
        tensors.weight.set_data(other);
        return x + 1;
      },
      "The tensor attribute self.weight was assigned");
}

TEST_CASE("strict refuses random numbers that no operator draws") {
  check_refused(
      [](Tensors&, const Tensor& x) {
        auto generator = at::detail::getDefaultCPUGenerator();
        generator.get<at::CPUGeneratorImpl>()->random();
        return x + 1;
      },
      "other than by operators before it calls aten::add.Scalar");
  check_refused(
      [](Tensors&, const Tensor& x) {
        const Tensor noise = at::rand({2});
        at::manual_seed(3);
        return x + noise;
      },
      "or seeds it");
  check_refused(
      [](Tensors&, const Tensor& x) {
        const Tensor y = x + 1;
        auto generator = at::detail::getDefaultCPUGenerator();
        generator.get<at::CPUGeneratorImpl>()->random();
        return y;
      },
      "after its last one");
  check_passes([](Tensors&, const Tensor& x) {
    return at::dropout(x + at::randn({2}), 0.5, /*train=*/true) + at::bernoulli(at::rand({2}));
  });
}

TEST_CASE("strict refuses reading memory through pointers") {
  const char* message = "reads the memory of a parameter, a buffer or a tensor it made";
  check_refused(
      [](Tensors& tensors, const Tensor& x) { return x * tensors.weight.data_ptr<float>()[1]; },
      message);
  check_refused(
      [](Tensors& tensors, const Tensor& x) { return x * tensors.buffer.accessor<float, 1>()[0]; },
      message);
  check_refused(
      [](Tensors&, const Tensor& x) {
        Tensor sum = at::empty({});
        at::sum_out(sum, x, at::IntArrayRef{0});
        return x * *sum.data_ptr<float>();
      },
      message);
  check_passes([](Tensors& tensors, const Tensor& x) {
    return x * tensors.weight * tensors.buffer.add_(tensors.weight.sum().detach());
  });
}

TEST_CASE("memory that an operator has read is locked again") {
  const char* message = "reads the memory of a parameter, a buffer or a tensor it made";
  check_refused(
      [](Tensors& tensors, const Tensor& x) {
        tensors.weight.sum().item();
        return x * tensors.weight.data_ptr<float>()[1];
      },
      message);
  check_refused(
      [](Tensors& tensors, const Tensor& x) {
        tensors.buffer.add_(1);
        tensors.buffer.sum().item();
        return x * tensors.buffer.data_ptr<float>()[1];
      },
      message);
  check_refused(
      [](Tensors& tensors, const Tensor& x) {
        try {
          tensors.weight.matmul(at::ones({7, 7}));
        } catch (const std::exception&) {  // the lock closes again
        }
        return x * tensors.weight.data_ptr<float>()[1];
      },
      message);
}

TEST_CASE("after strict refused, the model's memory can be read again") {
  const auto tensors = std::make_shared<Tensors>();
  const auto forward = [](Tensors& used, const Tensor& x) {
    return x * used.weight.data_ptr<float>()[0];
  };
  CHECK_THROWS_AS(capture_program(call_of(tensors, forward, true)), CaptureError);
  CHECK(tensors->weight.data_ptr<float>()[0] == 1);
}
