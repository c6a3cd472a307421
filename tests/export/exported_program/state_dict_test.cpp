#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/torch_save.h>

using namespace roundtrip;

namespace {

/// `x * weight + bias`, and a buffer that no file of weights has.
ExportedProgram example_program(const at::Tensor& weight) {
  const at::Tensor bias = at::zeros({2}), step = at::ones({1});
  Module model([=](const at::Tensor& x) { return x * weight + bias + step; },
               [=] {
                 ModuleState state;
                 state.parameters.insert("weight", weight);
                 state.buffers.insert("bias", bias);
                 state.buffers.insert("step", step);
                 state.non_persistent = {"step"};
                 return state;
               });
  model.arg_names({"x"});
  return export_program(model, at::ones({2}));
}

OrderedMap<at::Tensor> state(at::Tensor weight, at::Tensor bias) {
  OrderedMap<at::Tensor> result;
  result.insert("weight", std::move(weight));
  result.insert("bias", std::move(bias));
  return result;
}

std::string refusal(ExportedProgram& program, const OrderedMap<at::Tensor>& state) {
  try {
    program.load_state_dict(state);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

double run(const ExportedProgram& program) {
  return program.run({at::ones({2})}).tensor().sum().item<double>();
}

}  // namespace

TEST_CASE("a program's tensors go by their names") {
  const at::Tensor weight = at::full({2}, 3.0, at::kFloat);
  const auto program = example_program(weight);
  CHECK(program.named_parameters().keys() == std::vector<std::string>{"weight"});
  CHECK(program.named_parameters()["weight"].is_same(weight));
  CHECK(program.named_buffers().keys() == std::vector<std::string>{"bias", "step"});
  CHECK(program.state_dict().keys() == std::vector<std::string>{"weight", "bias"});
}

TEST_CASE("a state is loaded into tensors of the program's own") {
  const at::Tensor weight = at::full({2}, 3.0, at::kFloat).requires_grad_();
  auto program = example_program(weight);
  CHECK(run(program) == 8);
  const Value saved = torch_load([&] {
    const Bytes bytes = torch_save(
        Value::dict({{"weight", at::full({2}, 5.0, at::kFloat)}, {"bias", at::ones({2})}}));
    return std::string(bytes.begin(), bytes.end());
  }());
  const auto names = program.load_state_dict(Convert<OrderedMap<at::Tensor>>::from_value(saved));
  CHECK((names.missing.empty() && names.unexpected.empty()));
  CHECK(run(program) == 14);
  CHECK(weight[0].item<double>() == 3);
  CHECK(program.named_parameters()["weight"].requires_grad());
  CHECK(run(load(save(program))) == 14);
}

TEST_CASE("a state that does not fit is refused, whole and by name") {
  auto program = example_program(at::full({2}, 3.0, at::kFloat));
  OrderedMap<at::Tensor> other;
  other.insert("weight", at::ones({3}));
  other.insert("b", at::ones({2}));
  CHECK(refusal(program, other) ==
        "Error(s) in loading state_dict for ExportedProgram:"
        "\n\tUnexpected key(s) in state_dict: \"b\"."
        "\n\tMissing key(s) in state_dict: \"bias\"."
        "\n\tsize mismatch for weight: copying a param with shape torch.Size([3]) from checkpoint, "
        "the shape in current model is torch.Size([2]).");
  CHECK(refusal(program, state(at::ones({2}, at::kDouble), at::ones({2}))) ==
        "Error(s) in loading state_dict for ExportedProgram:"
        "\n\tdtype mismatch for weight: copying a param of torch.float64, the program has "
        "torch.float32.");
  CHECK(refusal(program, state(at::Tensor(), at::ones({2}))).find("weight is no tensor") !=
        std::string::npos);
  CHECK(refusal(program, state(at::ones({2}, at::kMeta), at::ones({2}))).find("meta device") !=
        std::string::npos);
  CHECK(run(program) == 8);
  OrderedMap<at::Tensor> part;
  part.insert("bias", at::ones({2}));
  part.insert("more", at::ones({2}));
  const auto names = program.load_state_dict(part, /*strict=*/false);
  CHECK(names.missing == std::vector<std::string>{"weight"});
  CHECK(names.unexpected == std::vector<std::string>{"more"});
  CHECK(run(program) == 10);
}

TEST_CASE("names that share memory stay so, and must have the same values") {
  auto program = example_program(at::ones({2}));
  program.edit([](Program& edited) {
    auto& weight = std::get<at::Tensor>(edited.weights["weight"].data);
    edited.weights["bias"].data = weight;
  });
  CHECK(refusal(program, state(at::ones({2}), at::zeros({2}))).find("shares memory") !=
        std::string::npos);
  CHECK(refusal(program, state(at::full({2}, 4.0), at::full({2}, 4.0))) == "no error");
  const auto loaded = program.state_dict();
  CHECK(loaded["weight"].is_same(loaded["bias"]));
  CHECK(run(program) == 18);
}
