#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/archive.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/modes.h>

using namespace roundtrip;

namespace {

using Forward = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& weight)>;

ExportedProgram program_of(const at::Tensor& weight, const Forward& forward) {
  Module model([=](const at::Tensor& x) { return forward(x, weight); },
               [=] {
                 ModuleState state;
                 state.parameters.insert("weight", weight);
                 return state;
               });
  model.arg_names({"x"});
  return export_program(model, {at::randn({4, 3})}, {},
                        {.dynamic_shapes = {{"x", {{0, Dim("batch", 2, 64)}}}}});
}

at::Tensor affine(const at::Tensor& x, const at::Tensor& weight) {
  return at::matmul(x, weight) + at::ones({3}, x.options());
}

const Payload& weight_of(const ExportedProgram& program) {
  return program.program().weights["weight"];
}

}  // namespace

TEST_CASE("a program for another device is carried, saved, and run where it is moved to the CPU") {
  const at::Tensor weight = at::randn({3, 3});
  const auto program = program_of(weight, affine);
  const at::Tensor x = at::randn({5, 3});
  const auto on_gpu = program.to(at::Device("cuda:0"));
  CHECK((weight_of(on_gpu).device == at::Device("cuda:0")));
  CHECK((on_gpu.inputs()[0].device == at::Device("cuda:0")));
  CHECK(on_gpu.str().find("device(type='cuda', index=0)") != std::string::npos);
  CHECK_THROWS_WITH_AS(on_gpu.run({x}), doctest::Contains("to(at::kCPU)"), UnsupportedError);
  CHECK((program.inputs()[0].device == at::kCPU));

  const Bytes bytes = save(on_gpu);
  CHECK_THROWS_AS(load(bytes).run({x}), UnsupportedError);
  const auto back = load(bytes, {.device = at::kCPU});
  CHECK(at::equal(back.run({x}).tensor(), program.run({x}).tensor()));
  CHECK(save(back) == save(program));
}

TEST_CASE("a program on the meta device has no elements, and gets them by a state") {
  const at::Tensor weight = at::ones({3, 3});
  const auto program = program_of(weight, affine);
  const auto meta = load(save(program.to(at::kMeta)));
  CHECK((weight_of(meta).device == at::kMeta));
  auto filled = meta.to(at::kCPU);
  CHECK(filled.state_dict()["weight"].sum().item<double>() == 0);
  filled.load_state_dict(program.state_dict());
  const at::Tensor x = at::randn({5, 3});
  CHECK(at::equal(filled.run({x}).tensor(), program.run({x}).tensor()));
}

TEST_CASE("real weights on the meta device become weights without data") {
  auto program = program_of(at::ones({3, 3}), affine);
  program.edit([](Program& edited) {
    edited.weights["weight"].data = at::ones({3, 3}, at::kMeta);
  });
  CHECK(program.to(at::kCPU).state_dict()["weight"].sum().item<double>() == 0);
}

TEST_CASE("a program in another type computes as the model in that type") {
  const at::Tensor weight = at::randn({3, 3}).requires_grad_();
  const auto program = program_of(weight, [](const at::Tensor& x, const at::Tensor& weight) {
    return at::matmul(x, weight).relu() * 0.1;
  });
  const auto wide = program.to(at::kDouble);
  const at::Tensor x = at::randn({7, 3}, at::kDouble);
  CHECK((wide.inputs()[0].dtype == at::kDouble));
  CHECK(wide.inputs()[0].sizes[0].max == 64);
  CHECK(wide.named_parameters()["weight"].requires_grad());
  CHECK(at::equal(wide.run({x}).tensor(), at::matmul(x, weight.to(at::kDouble)).relu() * 0.1));
  CHECK((load(save(wide)).outputs()[0].dtype == at::kDouble));
  CHECK((program.inputs()[0].dtype == at::kFloat));
  CHECK((program.to(at::Device("cuda"), at::kHalf).outputs()[0].device == at::Device("cuda")));
}

TEST_CASE("where the model might do something else in another type it is not made") {
  const at::Tensor weight = at::ones({3, 3});
  CHECK_THROWS_WITH_AS(
      program_of(weight, affine).to(at::kDouble),
      doctest::Contains("the program cannot be had in Double: its node 'ones' asks "
                        "for Float"),
      UnsupportedError);
  const auto narrow = [](const at::Tensor& x, const at::Tensor& weight) {
    const Autocast autocast(at::kCPU, at::kBFloat16);
    return at::matmul(x, weight);
  };
  CHECK_THROWS_AS(program_of(weight, narrow).to(at::kDouble), UnsupportedError);
  const auto plain = program_of(weight, [](const at::Tensor& x, const at::Tensor&) { return x; });
  CHECK_THROWS_AS(plain.to(at::kLong), UnsupportedError);
  CHECK_THROWS_AS(plain.run_decompositions().to(at::kDouble), UnsupportedError);
}
