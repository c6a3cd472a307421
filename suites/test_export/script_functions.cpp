// TorchScript within forward, and as the model. Python inlines the function that was scripted,
// which upstream's tests tell by torch.jit.is_scripting(); C++ has the script alone, which
// decides here by what it can know.
#include <roundtrip/torchscript.h>
#include <torch/jit.h>
#include <torch/script.h>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

constexpr const char* kForward = R"(
def _forward(x: Tensor) -> Tensor:
    if x.dim() == 2:
        return x.cos()
    return x.sin()
)";

/// The script's operators are in the graph, and no call of a script.
void check_inlined(TestContext& t, const Module& model) {
  const Tensor x = at::randn({3, 4});
  auto program = t.export_program(model, {x});
  CHECK(operators(program) == "cos.default");
  CHECK(allclose(program.run({x}), x.cos()));
}

}  // namespace

TEST(TestExport, test_inline_script_function) {
  const auto unit = torch::jit::compile(kForward);
  check_inlined(
      t, Module([unit](const Tensor& x) { return unit->run_method("_forward", x).toTensor(); }));
}

TEST(TestExport, test_inline_script_class_method) {
  struct M {
    std::shared_ptr<torch::jit::CompilationUnit> unit = torch::jit::compile(kForward);
    Tensor forward(const Tensor& x) const { return unit->run_method("_forward", x).toTensor(); }
  };
  check_inlined(t, Module([model = M()](const Tensor& x) { return model.forward(x); }));
}

TEST(TestExport, test_inline_script_class_method_recursive) {
  const auto unit = torch::jit::compile(R"(
def _inner(x: Tensor, y: Tensor, f: float, i: int, s_len: int) -> Tensor:
    return x * y * f * i * s_len

def _forward(x: Tensor, y: Tensor, f: float, i: int, s: str) -> Tensor:
    if x.dim() == 2:
        return _inner(x.cos(), y.cos(), f, i, len(s))
    return _inner(x.sin(), y.sin(), f, i, len(s))
)");
  Module model([unit](const Tensor& x) {
    return unit->run_method("_forward", x, x, 0.4, 2, std::string("foo")).toTensor();
  });
  const Tensor x = at::randn({3, 4});
  auto program = t.export_program(model, {x});
  CHECK(count_in_text(program, "torch.ops.aten.cos.default(") == 2);
  CHECK(count_in_text(program, "torch.ops.aten.sin.default(") == 0);
  CHECK(allclose(program.run({x}), x.cos() * x.cos() * 0.4 * 2 * 3));
}

TEST(TestExport, test_inline_script_method) {
  torch::jit::Module script("M");
  script.define(std::string(R"(
def _forward(self, x: Tensor) -> Tensor:
    if x.dim() == 2:
        return x.cos()
    return x.sin()

def forward(self, x: Tensor) -> Tensor:
    return self._forward(x)
)"));
  check_inlined(
      t, Module([script](const Tensor& x) mutable { return script.forward({x}).toTensor(); }));
}

// Python refuses a ScriptModule and has a converter of its own; here export converts it.
TEST(TestExport, test_export_script_module) {
  torch::jit::Module script("Foo");
  script.define(R"(
def forward(self, rv: Tensor, t: Tensor) -> Tensor:
    i = t.item()
    return rv + i
)");
  const Module model = make_module(script);
  const Values inputs{at::zeros({3, 4}), at::scalar_tensor(7, at::kLong)};
  auto program = t.export_program(model, inputs);
  CHECK(allclose(program.run(inputs), at::full({3, 4}, 7.0)));
  const Values other{at::ones({3, 4}), at::scalar_tensor(2, at::kLong)};
  CHECK(allclose(program.run(other), at::full({3, 4}, 3.0)));
}

}  // namespace roundtrip
