#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/torchscript.h>
#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

using namespace roundtrip;

namespace {

/// A TorchScript model with a parameter `w`, a buffer `b`, an attribute `n`, and methods.
torch::jit::Module model_of(const std::string& source) {
  torch::jit::Module model("m.Model");
  model.register_parameter("w", at::full({2}, 3.0), /*is_buffer=*/false);
  model.register_buffer("b", at::zeros({2}));
  model.register_attribute("n", c10::IntType::get(), 5);
  model.define(source);
  return model;
}

ExportedProgram exported(const std::string& source, Values args, bool strict = true) {
  ExportOptions options;
  options.strict = strict;
  return export_program(make_module(model_of(source)), std::move(args), {}, options);
}

std::vector<std::string> targets(const ExportedProgram& program) {
  std::vector<std::string> targets;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    targets.push_back(node.target().substr(std::string("torch.ops.").size()));
  }
  return targets;
}

using Targets = std::vector<std::string>;

/// The message of the error that exporting gives.
template <typename E>
std::string error_of(const std::string& source, Values args, bool strict = true) {
  try {
    exported(source, std::move(args), strict);
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const at::Tensor kUp = at::ones({2});
const at::Tensor kDown = at::full({2}, -1.0);

}  // namespace

TEST_CASE("operators and parameters become nodes and inputs") {
  const auto program = exported("def forward(self, x):\n  return torch.relu(x * self.w)\n", {kUp});
  CHECK(targets(program) == Targets{"aten.mul.Tensor", "aten.relu.default"});
  CHECK(at::equal(program.run({kUp}).tensor(), at::full({2}, 3.0)));
  const auto& specs = program.program().graph_module.signature.input_specs;
  CHECK(specs.at(0).target == "w");
}

TEST_CASE("what is known without data is computed and followed") {
  const auto program = exported(R"(
def forward(self, x):
  parts = []
  for i in range(x.size(0) + 1):
    if i % 2 == 0:
      parts.append(x + i)
  return torch.stack(parts)
)",
                                {kUp});
  CHECK(targets(program) == Targets{"aten.add.Scalar", "aten.add.Scalar", "aten.stack.default"});
}

TEST_CASE("an if on data becomes cond") {
  const std::string source = R"(
def forward(self, x):
  if bool(x.sum() > 0):
    y = x * self.w
  else:
    y = x - 1
  return y
)";
  for (const at::Tensor& example : {kUp, kDown}) {
    const auto program = exported(source, {example});
    CHECK(targets(program) == Targets{"aten.sum.default", "aten.gt.Scalar", "higher_order.cond"});
    CHECK(at::equal(program.run({kUp}).tensor(), at::full({2}, 3.0)));
    CHECK(at::equal(program.run({kDown}).tensor(), at::full({2}, -2.0)));
  }
}

TEST_CASE("a while on data becomes while_loop") {
  const auto program = exported(R"(
def forward(self, x):
  turns = 0
  while bool(x.sum() < 10):
    x = x * 2
    turns += 1
  return x, torch.tensor(turns)
)",
                                {kUp});
  const Value result = program.run({kUp});
  CHECK(at::equal(result[0].tensor(), at::full({2}, 8.0)));
  CHECK(result[1].tensor().item().toInt() == 3);
  CHECK(program.run({at::full({2}, 20.0)})[1].tensor().item().toInt() == 0);
}

TEST_CASE("an exception that data decides becomes an assertion") {
  const auto program = exported(R"(
def forward(self, x):
  assert bool(x.sum() >= 0), "negative"
  return x + 1
)",
                                {kUp});
  CHECK(at::equal(program.run({kUp}).tensor(), at::full({2}, 2.0)));
  CHECK_THROWS_WITH_AS(program.run({kDown}), doctest::Contains("negative"), ExecutionError);
}

TEST_CASE("an assigned buffer is written at the end") {
  const std::string source = R"(
def forward(self, x):
  before = self.b
  self.b = x + 1
  return before + self.b
)";
  const auto model = model_of(source);
  ExportOptions options;
  options.strict = true;
  const auto program = export_program(make_module(model), {kUp}, {}, options);
  CHECK(at::equal(model.attr("b").toTensor(), at::zeros({2})));
  CHECK(at::equal(program.run({kUp}).tensor(), at::full({2}, 2.0)));
  CHECK(at::equal(program.run({kUp}).tensor(), at::full({2}, 4.0)));
}

TEST_CASE("errors name the reason and the place") {
  const std::string assigned = "def forward(self, x):\n  self.n = 6\n  return x\n";
  CHECK(contains(error_of<CaptureError>(assigned, {kUp}), "assigns to the attribute 'n'"));

  const std::string raises = "def forward(self, x):\n  assert x.dim() == 1, \"one\"\n  return x\n";
  const std::string message = error_of<CaptureError>(raises, {at::ones({1, 1})});
  CHECK(contains(message, "forward raises an exception: AssertionError: one"));
  CHECK(contains(message, "prim::RaiseException"));

  const std::string appends = R"(
def forward(self, x):
  parts = [x]
  if bool(x.sum() > 0):
    parts.append(x)
  return torch.stack(parts)
)";
  CHECK(contains(error_of<UnsupportedError>(appends, {kUp}),
                 "changes a list, dict or object from outside of it"));
}

TEST_CASE("arguments are bound as the method declares them") {
  const std::string source =
      "def forward(self, x, n: int = 2, names: Dict[str, Tensor] = {}):\n"
      "  for name in names:\n    x = x + names[name]\n  return x * n\n";
  const Module module = make_module(model_of(source));
  CHECK(module.arg_names() == std::vector<std::string>{"x", "n", "names"});
  CHECK(at::equal(module({kUp}).tensor(), kUp * 2));
  CHECK(at::equal(module({kUp}, {{"n", 4}}).tensor(), kUp * 4));
  CHECK(at::equal(module({kUp, 1, Value::dict({{"a", kUp}})}).tensor(), kUp * 2));
  CHECK_THROWS_WITH_AS(module({}), "forward() misses its argument 'x'", InputError);
  CHECK_THROWS_WITH_AS(module({kUp}, {{"m", 4}}),
                       "forward() got an unexpected keyword argument 'm'", InputError);
  CHECK_THROWS_WITH_AS(module({kUp}, {{"x", kUp}}),
                       "forward() got multiple values for argument 'x'", InputError);
  CHECK_THROWS_WITH_AS(
      module({kUp, "two"}),
      "argument 'n' of forward() has to be a int, as the model declares it, but str was given",
      InputError);
}

TEST_CASE("non-strict records one run and leaves the model as it was") {
  const std::string source = "def forward(self, x):\n  self.n = self.n + 1\n  return x * self.n\n";
  const auto model = model_of(source);
  ExportOptions options;
  options.strict = false;
  const auto program = export_program(make_module(model), {kUp}, {}, options);
  CHECK(targets(program) == Targets{"aten.mul.Scalar"});
  CHECK(at::equal(program.run({kUp}).tensor(), kUp * 6));
  CHECK(model.attr("n").toInt() == 5);

  const std::string branch =
      "def forward(self, x):\n  if bool(x.sum() > 0):\n    x = x + 1\n  return x\n";
  CHECK(contains(error_of<CaptureError>(branch, {kUp}, /*strict=*/false), "data-dependent"));
}

TEST_CASE("to convert a graph is one thing, to capture strictly another") {
  const std::string branch =
      "def forward(self, x):\n  if bool(x.sum() > 0):\n    x = x + 1\n  return x\n";
  const auto export_with = [&](bool strict, bool convert) {
    ExportOptions options;
    options.strict = strict;
    options.convert = convert;
    return export_program(make_module(model_of(branch)), {kUp}, {}, options);
  };
  for (const bool strict : {false, true}) {
    CHECK(export_with(strict, /*convert=*/true).run({kDown}).tensor().equal(kDown));
    CHECK_THROWS_WITH_AS(export_with(strict, /*convert=*/false),
                         doctest::Contains("data-dependent"), CaptureError);
  }
  ExportOptions options;
  options.convert = true;
  const Module plain([](const at::Tensor& x) { return x + 1; });
  CHECK_THROWS_WITH_AS(export_program(plain, {kUp}, {}, options),
                       doctest::Contains("the module has no graph to convert"), CaptureError);
}

TEST_CASE("a method that is not there is named") {
  CHECK_THROWS_WITH_AS(make_module(model_of("def forward(self, x):\n  return x\n"), "encode"),
                       "the TorchScript model has no method 'encode'", CaptureError);
}

TEST_CASE("branches on data may give tensors of different sizes") {
  const std::string source = R"(
def forward(self, x):
  if bool(x.sum() > 0):
    y = x
  else:
    y = x[:1]
  return y
)";
  const ExportedProgram program = exported(source, {kUp});
  CHECK(program.run({kUp}).tensor().equal(kUp));
  CHECK(program.run({kDown}).tensor().equal(kDown.slice(0, 0, 1)));
}

TEST_CASE("sizes are symbols, and branches on them are guards") {
  const auto model = make_module(model_of(R"(
def forward(self, x):
  n = x.size(0)
  assert n + x.size(1) > 2, "too small"
  if n % 2 == 0:
    x = x.reshape(2, n // 2, -1)
  return x, n * 2
)"));
  ExportOptions options{.strict = true};
  const Dim half("half");
  options.dynamic_shapes = {{"x", {{0, 2 * half}}}};
  const auto program = export_program(model, {at::ones({6, 3})}, {}, options);
  const Value result = program.run({at::ones({10, 3})});
  CHECK(result[0].tensor().sizes() == at::IntArrayRef{2, 5, 3});
  CHECK(result[1].to_int() == 20);
  options.dynamic_shapes = {{"x", {{0, Dim("n")}}}};
  CHECK_THROWS_WITH_AS(export_program(model, {at::ones({6, 3})}, {}, options),
                       doctest::Contains("Constraints violated (n)"), CaptureError);
}

TEST_CASE("whether a number is in a list of sizes fixes none of them") {
  const auto model = make_module(model_of(R"(
def forward(self, x):
  if 5 in x.size():
    return x + 1
  return x - 1
)"));
  ExportOptions options{.strict = true};
  options.dynamic_shapes = {{"x", {{0, Dim("n", 6, 64)}}}};
  const auto program = export_program(model, {at::ones({6, 3})}, {}, options);
  CHECK(program.run({at::ones({9, 3})}).tensor().equal(at::zeros({9, 3})));
}
