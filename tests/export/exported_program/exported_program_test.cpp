#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/archive.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/symbolic.h>
#include <roundtrip/transform.h>
#include <torch/nn/modules/normalization.h>

#include <sstream>

#include "tests/support/folder.h"

using namespace roundtrip;

namespace {

ExportedProgram scaled(const at::Tensor& scale) {
  Module model([scale](const at::Tensor& x) { return x * scale; });
  model.arg_names({"x"});
  return export_program(model, {at::ones({2})});
}

std::string as_text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

at::Tensor scale_of(const ExportedProgram& program) {
  return std::get<at::Tensor>(program.program().constants["lifted_tensor_0"].data);
}

}  // namespace

TEST_CASE("a stream holds the same archive as memory") {
  // Larger than the reader's first block, so that it has to grow.
  auto program = scaled(at::rand({2}).expand({2}).clone());
  const std::string text(1 << 18, 'x');
  program.edit([&](Program& edited) { edited.extra_files.insert("big", RawBytes{text, nullptr}); });

  std::stringstream stream;
  save(program, stream);
  CHECK(stream.str() == as_text(save(program)));

  auto loaded = load(stream);
  CHECK(loaded.program().extra_files["big"].view == text);
  CHECK(save(loaded) == save(program));
}

TEST_CASE("a stream that is no archive is refused") {
  std::stringstream stream("not an archive");
  CHECK_THROWS_AS(load(stream), ArchiveError);
}

TEST_CASE("what was captured may call any operator, what was loaded what its caller allows") {
  // torch::nn calls operators that write to `out` here.
  torch::nn::CrossMapLRN2d norm(3);
  Module model([norm](const at::Tensor& x) mutable { return norm->forward(x); });
  const Values inputs{at::rand({1, 5, 4, 4})};
  const auto program = export_program(model.arg_names({"x"}), inputs);
  CHECK(bitwise_equal(program.run(inputs), model(inputs)));
  CHECK(bitwise_equal(program.clone().run(inputs), model(inputs)));
  CHECK(bitwise_equal(program.module()(inputs), model(inputs)));
  CHECK(bitwise_equal(program.run_decompositions().run(inputs), model(inputs)));

  const Bytes bytes = save(program);
  CHECK_THROWS_WITH_AS(load(bytes).run(inputs), doctest::Contains("LoadOptions::allowed"),
                       ExecutionError);
  const AllowedOperators all{.all = true};
  CHECK(bitwise_equal(load(bytes, {.allowed = all}).run(inputs), model(inputs)));
}

TEST_CASE("an archive holds several models, each with its name") {
  const test::Folder folder;
  const auto path = folder.path / "both.pt2";
  auto twice = scaled(at::full({2}, 2.0)), thrice = scaled(at::full({2}, 3.0));
  const std::string note = "a note";
  for (auto* program : {&twice, &thrice}) {
    program->edit([&](Program& edited) {
      edited.extra_files.insert("note", RawBytes{note, nullptr});
    });
  }
  save_models({{"twice", twice}, {"thrice", thrice}}, path);

  const auto models = load_models(path);
  REQUIRE(models.size() == 2);
  CHECK(models[0].name == "twice");
  CHECK(models[1].name == "thrice");
  CHECK(save(models[0].program) == save(twice));
  CHECK(save(models[1].program) == save(thrice));
  CHECK(save(load(path, {.model = "thrice"})) == save(thrice));

  const auto refusal = [&](const std::vector<NamedProgram>& programs) -> std::string {
    try {
      save_models(programs, path);
    } catch (const ArchiveError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal({}).find("no model") != std::string::npos);
  CHECK(refusal({{"a", twice}, {"a", thrice}}) != "");
  CHECK(refusal({{"../a", twice}}).find("'../a'") != std::string::npos);
  const std::string other = "another";
  thrice.edit([&](Program& edited) { edited.extra_files["note"].view = other; });
  CHECK(refusal({{"twice", twice}, {"thrice", thrice}}).find("'note'") != std::string::npos);
  CHECK(load_models(path).size() == 2);  // what was there is as it was
}

TEST_CASE("an undefined tensor is None, as an input and as a result") {
  Module model([](const at::Tensor& x, const at::Tensor& mask) {
    const at::Tensor masked = mask.defined() ? x * mask : x + 1;
    return std::make_tuple(masked, mask);
  });
  model.arg_names({"x", "mask"});
  const at::Tensor x = at::ones({2});
  for (const Value& mask : {Value(at::Tensor()), Value()}) {
    const ExportedProgram program = export_program(model, {x, mask});
    CHECK(program.program().graph_module.graph.num_nodes() == 1);
    const Value result = program.run({x, at::Tensor()});
    CHECK(at::equal(result[0].tensor(), x + 1));
    CHECK(result[1].is_none());
    CHECK_THROWS_AS(program.run({x, x}), InputError);
  }
  CHECK(export_program(model, {x, x}).run({x, x})[1].is_tensor());
  CHECK(model({x, at::Tensor()})[1].is_none());
}

TEST_CASE("copies are one program, a clone is another") {
  auto program = scaled(at::full({2}, 3.0));
  auto copy = program;
  auto clone = program.clone();
  scale_of(copy).fill_(5.0);
  CHECK(program.run({at::ones({2})}).tensor()[0].item<double>() == 5.0);
  CHECK(clone.run({at::ones({2})}).tensor()[0].item<double>() == 3.0);
}

TEST_CASE("an edited program is compiled anew") {
  auto program = scaled(at::full({2}, 3.0));
  CHECK(program.run({at::ones({2})}).tensor()[0].item<double>() == 3.0);
  program.edit([](Program& edited) {
    edited.graph_module.graph.nodes().front().set_target("torch.ops.aten.add.Tensor");
  });
  CHECK(program.run({at::ones({2})}).tensor()[0].item<double>() == 4.0);
}

TEST_CASE("a deferred program is read once, when it is looked at") {
  int reads = 0;
  const auto original = scaled(at::full({2}, 2));
  auto program = ExportedProgram::deferred([&] {
    ++reads;
    return original.clone().program();
  });
  const auto handed_on = program;
  CHECK(handed_on.is_same(program));
  CHECK(reads == 0);
  CHECK(program.str() == original.str());
  CHECK(at::equal(handed_on.run({at::ones({2})}).tensor(), at::full({2}, 2)));
  CHECK(reads == 1);
  CHECK_FALSE(original.is_same(program));
}

TEST_CASE(
    "the module of a deferred program reads it when its parameters or results are asked for") {
  int reads = 0;
  const Program read = scaled(at::ones({2})).program();
  const auto deferred = ExportedProgram::deferred([&] { return ++reads, read; });
  const Module module = deferred.module();
  const Module copy = module;
  CHECK(module.source<ExportedProgram>()->is_same(deferred));
  CHECK(reads == 0);
  CHECK(copy.arg_names() == std::vector<std::string>{"x"});
  CHECK(module.arg_name(0) == "x");
  CHECK(module({at::ones({2})}).tensor().equal(at::ones({2})));
  CHECK(reads == 1);
}

TEST_CASE("what a deferred program's reader throws reaches who looks, each time") {
  int reads = 0;
  auto program = ExportedProgram::deferred([&]() -> Program {
    ++reads;
    throw ArchiveError("models/model.json", "is damaged");
  });
  CHECK_THROWS_AS(program.str(), ArchiveError);
  CHECK_THROWS_AS(save(program), ArchiveError);
  CHECK(reads == 2);
}

TEST_CASE("a program counts how often it was edited") {
  auto program = scaled(at::full({2}, 2));
  const auto copy = program;
  const auto before = program.version();
  program.str();
  CHECK(copy.version() == before);
  program.edit([](Program&) {});
  CHECK(copy.version() == before + 1);
}

TEST_CASE("a module knows the program that it was made of") {
  const auto program = scaled(at::full({2}, 2));
  const auto module = program.module();
  const Module copy = module;
  REQUIRE(copy.source<ExportedProgram>() != nullptr);
  CHECK(copy.source<ExportedProgram>()->is_same(program));
  CHECK(copy.source<int>() == nullptr);
  CHECK(Module([](const at::Tensor& x) { return x; }).source<ExportedProgram>() == nullptr);
}

TEST_CASE("a clone has the warnings of the program") {
  auto program = scaled(at::full({2}, 3.0));
  program.edit([](Program& edited) { edited.warnings = {"a warning"}; });
  CHECK(program.clone().program().warnings == std::vector<std::string>{"a warning"});
}

TEST_CASE("a program with a name that no module of Python can have is not saved") {
  auto program = scaled(at::ones({2}));
  program.edit([](Program& edited) {
    edited.weights.insert("a.half", {at::ones({1}), false, "", {}});
  });
  CHECK_THROWS_WITH_AS(save(program),
                       doctest::Contains("something called 'a.half' cannot be saved: no module of "
                                         "Python can have a 'half'"),
                       ArchiveError);
}

TEST_CASE("a program that returns a condition is not saved, one that returns its number is") {
  const auto exported = [](auto forward) {
    return export_program(Module(forward).arg_names({"x"}), {at::ones({2}, at::kLong)});
  };
  const auto condition =
      exported([](const at::Tensor& x) { return x.max().item().toSymInt().sym_eq(1); });
  CHECK(condition.str().find("    eq: USER_OUTPUT") != std::string::npos);
  CHECK(condition.run({at::ones({2}, at::kLong)}).to_bool());
  CHECK_THROWS_WITH_AS(
      save(condition),
      doctest::Contains("returns a condition that sizes or data decide (SymBool) cannot be saved"),
      ArchiveError);
  const auto number = exported(
      [](const at::Tensor& x) { return sym_ite(x.max().item().toSymInt().sym_eq(1), 1, 0); });
  CHECK(load(save(number)).run({at::ones({2}, at::kLong)}).to_int() == 1);
}

TEST_CASE("a program that no file can hold has a clone") {
  Module model([](const at::Tensor& x) {
    return x.slice_symint(0, {}, sym_round(sym_float(x.sym_size(0)) / 2.0));
  });
  model.arg_names({"x"});
  ExportOptions options;
  options.dynamic_shapes = {{"x", {{0, Dim("n", 5, 10)}}}};
  auto program = export_program(model, {at::ones({8})}, {}, options);
  program.edit([](Program& edited) {
    edited.constants.insert("sparse", {at::eye(2).to_sparse(), false, "", {}});
  });
  CHECK_THROWS_AS(save(program), ArchiveError);
  const auto clone = program.clone();
  CHECK(clone.str() == program.str());
  CHECK(clone.run({at::ones({7})}).tensor().size(0) == 4);
}

TEST_CASE("tensors of a clone share memory as the program's do, and none with them") {
  auto program = scaled(at::ones({2}));
  const at::Tensor matrix = at::arange(6.0).view({2, 3}).requires_grad_();
  const at::Tensor number = at::full({1}, c10::complex<double>(1, 2));
  program.edit([&](Program& edited) {
    edited.weights.insert("matrix", {matrix, true, "", {}});
    edited.weights.insert("tied", {matrix, true, "", {}});
    edited.weights.insert("column", {matrix.detach().select(1, 1), false, "", {}});
    edited.weights.insert("conjugate", {at::conj(number), false, "", {}});
  });
  const auto clone = program.clone();
  const auto copy = [&](const char* name) {
    return std::get<at::Tensor>(clone.program().weights[name].data);
  };
  CHECK(copy("tied").is_same(copy("matrix")));
  CHECK(copy("matrix").requires_grad());
  CHECK(copy("column").is_alias_of(copy("matrix")));
  CHECK(copy("column").strides() == at::IntArrayRef{3});
  CHECK_FALSE(copy("column").is_alias_of(matrix));
  CHECK(at::equal(copy("column"), at::tensor({1.0, 4.0})));
  CHECK(copy("conjugate").is_conj());
  CHECK(copy("conjugate").item<c10::complex<double>>() == c10::complex<double>(1, -2));
}

TEST_CASE("what a program and its nodes are annotated with is kept when it is exported again") {
  auto program = scaled(at::full({2}, 3.0));
  program.edit([](Program& edited) {
    edited.graph_module.metadata.emplace_back("custom", R"({"by": "hand"})");
    edited.graph_module.graph.nodes().front().metadata().emplace_back("custom", R"({"tag": 1})");
  });
  const GraphModule& edited = program.program().graph_module;
  const auto again = export_program(program.module(), {at::ones({2})});
  CHECK(again.program().graph_module.metadata == edited.metadata);
  CHECK(again.program().graph_module.graph.nodes()[0].metadata() ==
        edited.graph.nodes()[0].metadata());
}

TEST_CASE("example inputs are replaced by others of the same structure") {
  auto program = scaled(at::full({2}, 3.0));
  program.set_example_inputs({{at::full({2}, 4.0)}, {}});
  CHECK(load(save(program)).example_inputs()->args[0].tensor()[0].item<double>() == 4.0);
  CHECK_THROWS_AS(program.set_example_inputs({{}, {}}), InputError);
  CHECK_THROWS_AS(program.set_example_inputs({{Value::list({at::ones({2})})}, {}}), InputError);
  CHECK_THROWS_AS(program.set_example_inputs({{at::ones({2})}, {{"y", 1}}}), InputError);
  CHECK(program.example_inputs()->args[0].tensor()[0].item<double>() == 4.0);
}

TEST_CASE("a model knows whether it is exported") {
  Module model([](const at::Tensor& x) { return is_exporting() ? x * 2 : x * 3; });
  const auto program = export_program(model, {at::ones({2})});
  CHECK(program.run({at::ones({2})}).tensor()[0].item<double>() == 2.0);
  CHECK(model({at::ones({2})}).tensor()[0].item<double>() == 3.0);
  CHECK_FALSE(is_exporting());
}

TEST_CASE("a program is written as JSON and read again, with another program's tensors") {
  const auto program = scaled(at::full({2}, 3.0));
  std::string json = program_json(program);
  const auto same = with_program_json(program, json);
  CHECK(save(same) == save(program));
  CHECK(same.program().constants["lifted_tensor_0"].data.index() == 0);

  const std::string from = "torch.ops.aten.mul.Tensor", to = "torch.ops.aten.sub.Tensor";
  json.replace(json.find(from), from.size(), to);
  CHECK(with_program_json(program, json).run({at::ones({2})}).tensor()[0].item<double>() == -2.0);
  CHECK_THROWS_AS(with_program_json(program, "{}"), ArchiveError);
}

namespace {

Module of_x(std::function<at::Tensor(const at::Tensor&)> forward) {
  return Module(std::move(forward)).arg_names({"x"});
}

std::string run_error(const ExportedProgram& program, const Values& args) {
  try {
    program.run(args);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a program that is exported again demands what it demanded") {
  const auto halves = of_x([](const at::Tensor& x) {
    return x.view_symint({c10::SymInt(2), x.sym_size(0) / 2}).sum(0);
  });
  const ExportOptions dynamic{.dynamic_shapes = {{"x", {{0, Dim::DYNAMIC(4, 32)}}}}};
  const auto program = export_program(halves, {at::ones({8})}, {}, dynamic);
  const std::string odd = run_error(program, {at::ones({9})});
  CHECK(odd.starts_with("Guard failed: "));
  for (const bool strict : {false, true}) {
    ExportOptions options{.strict = strict, .dynamic_shapes = {{"x", {{0, Dim::AUTO}}}}};
    const auto again = export_program(program.module(), {at::ones({12})}, {}, options);
    CHECK(run_error(again, {at::ones({9})}) == odd);
    CHECK(run_error(again, {at::ones({34})}) == run_error(program, {at::ones({34})}));
    CHECK(at::equal(again.run({at::ones({6})}).tensor(), at::full({3}, 2.0)));
  }
}

TEST_CASE("a program with a static size is not exported again with a dynamic one") {
  const auto program =
      export_program(of_x([](const at::Tensor& x) { return x + 1; }), {at::ones({8})});
  CHECK_THROWS_AS(export_program(program.module(), {at::ones({8})}, {},
                                 {.dynamic_shapes = {{"x", {{0, Dim("batch")}}}}}),
                  CaptureError);
}

namespace {

class ExportsAgain final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    call.module = next(call).module();
    return next(std::move(call));
  }
};

}  // namespace

TEST_CASE("a program passes through a chain as if an export of its module had made it") {
  const auto program =
      export_program(of_x([](const at::Tensor& x) { return x.sin(); }), {at::ones({8})}, {},
                     {.dynamic_shapes = {{"x", {{0, Dim("batch")}}}}});
  CHECK(apply_transforms({}, program).is_same(program));
  const ExportsAgain transform;
  const auto again = apply_transforms({&transform}, program);
  CHECK_FALSE(again.is_same(program));
  const Values longer{at::rand({11})};
  CHECK(bitwise_equal(again.run(longer), program.run(longer)));

  auto without_inputs = program.clone();
  without_inputs.edit([](Program& edited) { edited.example_inputs = {}; });
  CHECK(apply_transforms({}, without_inputs).is_same(without_inputs));
  CHECK_THROWS_AS(apply_transforms({&transform}, without_inputs), Error);
}

TEST_CASE("a program fails where a condition of data that was checked does not hold") {
  Module model([](const at::Tensor& x, const at::Tensor& flag) {
    torch_check(flag.item().toSymBool());
    return x * 2;
  });
  const at::Tensor yes = at::ones({}, at::kBool);
  const ExportedProgram program = export_program(model, {at::ones({3}), yes});
  CHECK(program.run({at::ones({3}), yes}).tensor().equal(at::full({3}, 2.0)));
  CHECK_THROWS_WITH_AS(program.run({at::ones({3}), yes.logical_not()}),
                       doctest::Contains("Runtime assertion failed for expression u0 >= 1"),
                       ExecutionError);
}

TEST_CASE("sizes are rounded at every size; what files have no name for is not saved") {
  const auto half = [](const at::Tensor& x) {
    return (sym_float(x.sym_size(0)) / 2.0).toSymNodeImpl();
  };
  const auto size = [](c10::SymNode node) { return at::zeros_symint({c10::SymInt(node)}); };
  Module model([&](const at::Tensor& x) {
    return std::tuple(size(half(x)->ceil()), size(half(x)->floor()));
  });
  model.arg_names({"x"});
  const auto program =
      export_program(model, {at::ones({8})}, {}, {.dynamic_shapes = {{"x", {{0, Dim::AUTO}}}}});
  for (const std::int64_t n : {5, 8, 19}) {
    const Value sizes = program.run({at::ones({n})});
    CHECK(sizes[0].tensor().size(0) == (n + 1) / 2);
    CHECK(sizes[1].tensor().size(0) == n / 2);
  }
  CHECK_THROWS_WITH_AS(save(program), doctest::Contains("Python's files have no name for it"),
                       ArchiveError);
}

TEST_CASE("an assertion on a rounded number of data runs") {
  Module model([](const at::Tensor& x, const at::Tensor& n) {
    const c10::SymNode third = (sym_float(n.item().toSymInt()) / 3.0).toSymNodeImpl();
    torch_check(c10::SymInt(third->ceil()).sym_eq(4));
    return x + 1;
  });
  const auto program = export_program(model, {at::ones({3}), at::scalar_tensor(11, at::kLong)});
  CHECK(program.run({at::ones({3}), at::scalar_tensor(10, at::kLong)})
            .tensor()
            .equal(at::full({3}, 2.0)));
  CHECK_THROWS_AS(program.run({at::ones({3}), at::scalar_tensor(13, at::kLong)}), ExecutionError);
}
