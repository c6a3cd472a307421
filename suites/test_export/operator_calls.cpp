// Models around one operator.
#include <ATen/ScalarOps.h>
#include <roundtrip/decompositions.h>
#include <torch/library.h>

#include <limits>

#include "suites/test_export/test_export.h"

namespace {

std::tuple<at::Tensor, c10::SymInt> returns_tensor_symint(const at::Tensor& x) {
  return {x, x.sym_size(0)};
}

TORCH_LIBRARY_FRAGMENT(suitelib, library) {
  library.def("returns_tensor_symint(Tensor x) -> (Tensor, SymInt)");
  library.impl("returns_tensor_symint", c10::DispatchKey::CPU, TORCH_FN(returns_tensor_symint));
  library.impl("returns_tensor_symint", c10::DispatchKey::Meta, TORCH_FN(returns_tensor_symint));
}

}  // namespace

namespace roundtrip {

TEST(TestExport, test_bincount) {
  Module model([](const Tensor& x) { return x.bincount(at::linspace(0, 1, 5)); });
  const auto input = [] { return Values{at::randint(0, 8, {5}, at::kLong)}; };
  auto program = t.export_program(model, input());
  const Values other = input();
  CHECK(allclose(program.module()(other), model(other)));
}

TEST(TestExport, test_cdist_forward_compute_mode_zero_export) {
  Module model([](const Tensor& x, const Tensor& y, std::optional<std::int64_t> compute_mode) {
    return at::_cdist_forward(x, y, /*p=*/2.0, compute_mode);
  });
  for (const Value& compute_mode : {Value(), Value(0)}) {
    const Values inputs{at::ones({3, 3}), at::ones({3, 3}), compute_mode};
    auto program = t.export_program(model, inputs);
    CHECK(bitwise_equal(program.module()(inputs), model(inputs)));
  }
}

// torch.compile, which upstream calls on the exported module, exports it again and takes it
// apart; of what it does then there is nothing in C++.
TEST(TestExport, test_export_then_compile_tensor_ctor) {
  Module model([](const Tensor& scores, const Tensor& mask) {
    return scores.masked_fill(mask, at::scalar_tensor(std::numeric_limits<float>::lowest()));
  });
  const Tensor mask =
      at::zeros({2, 4}, at::kBool)
          .index_put_({at::tensor(0), at::tensor(1)}, at::scalar_tensor(true, at::kBool));
  const Values inputs{at::randn({2, 4}), mask};
  const Module exported = t.export_program(model, inputs).module();
  auto again = t.export_program(exported, inputs).run_decompositions();
  CHECK(allclose(again.module()(inputs), model(inputs)));
}

TEST(TestExport, test_quantile_export) {
  const double noise = 0.1;
  Module model([noise](const Tensor& x) {
    const Tensor q = at::tensor({noise, 1.0 - noise}, x.options());
    return at::quantile(x, q, /*dim=*/-1, /*keepdim=*/true);
  });
  check_same_as_eager(t, model, {at::randn({1, 3200})});
}

TEST(TestExport, test_symint_tensor_return) {
  const auto op = c10::Dispatcher::singleton()
                      .findSchemaOrThrow("suitelib::returns_tensor_symint", "")
                      .typed<std::tuple<Tensor, c10::SymInt>(const Tensor&)>();
  Module model([op](const Tensor& x) { return op.call(x); });
  const Values inputs{at::randn({4, 4})};
  auto program = t.export_program(model, inputs);
  CHECK(operators(program) == "returns_tensor_symint.default");
  CHECK(allclose(program.run(inputs), model(inputs)));
}

}  // namespace roundtrip
