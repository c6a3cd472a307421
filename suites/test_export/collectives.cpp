// Collectives of torch.distributed, in groups whose other members are made up.
#include <torch/csrc/distributed/c10d/GroupRegistry.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <chrono>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

const std::string kGroup = "0";

/// A call that was answered at once.
class Answered final : public c10d::Work {
 public:
  bool wait(std::chrono::milliseconds) override { return true; }
  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override {
    auto future = c10::make_intrusive<c10::ivalue::Future>(c10::NoneType::get());
    future->markCompleted();
    return future;
  }
};

/// One member of a group whose others say what it says: Python's backend "fake", whose C++
/// header needs Python's.
class FakeBackend final : public c10d::Backend {
 public:
  using Backend::Backend;

  const std::string getBackendName() const override { return "fake"; }

  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<Tensor>&,
                                           const c10d::AllreduceOptions&) override {
    return answered();
  }
  c10::intrusive_ptr<c10d::Work> allgather_into_tensor_coalesced(
      std::vector<Tensor>& outputs, std::vector<Tensor>& inputs,
      const c10d::AllgatherOptions&) override {
    for (const Tensor& chunk : outputs.at(0).chunk(getSize())) chunk.copy_(inputs.at(0));
    return answered();
  }
  c10::intrusive_ptr<c10d::Work> reduce_scatter_tensor_coalesced(
      std::vector<Tensor>& outputs, std::vector<Tensor>& inputs,
      const c10d::ReduceScatterOptions&) override {
    outputs.at(0).copy_(inputs.at(0).chunk(getSize())[getRank()]);
    return answered();
  }
  c10::intrusive_ptr<c10d::Work> alltoall_base(Tensor& output, Tensor& input,
                                               std::vector<std::int64_t>&,
                                               std::vector<std::int64_t>&,
                                               const c10d::AllToAllOptions&) override {
    output.copy_(input);
    return answered();
  }

 private:
  static c10::intrusive_ptr<c10d::Work> answered() { return c10::make_intrusive<Answered>(); }
};

/// The default group of this many members, while one lives.
class DistributedEnvironment {
 public:
  explicit DistributedEnvironment(int world_size)
      : group_(c10::make_intrusive<c10d::ProcessGroup>(/*rank=*/0, world_size)) {
    group_->setBackend(c10::kCPU, c10d::ProcessGroup::CUSTOM,
                       c10::make_intrusive<FakeBackend>(/*rank=*/0, world_size));
    group_->setGroupName(kGroup);
    c10d::register_process_group(kGroup, group_);
  }
  ~DistributedEnvironment() { c10d::unregister_process_group(kGroup); }
  DistributedEnvironment(const DistributedEnvironment&) = delete;
  DistributedEnvironment& operator=(const DistributedEnvironment&) = delete;

 private:
  c10::intrusive_ptr<c10d::ProcessGroup> group_;
};

/// Calls the functional collective of this name and waits for its result. Python's
/// torch.distributed calls the same two while a model is traced.
template <typename... Args>
Tensor collective(const char* name, const Tensor& input, Args... args) {
  torch::jit::Stack stack{input, args..., kGroup};
  const auto call = [&](const char* op) {
    c10::Dispatcher::singleton()
        .findSchemaOrThrow((std::string("_c10d_functional::") + op).c_str(), "")
        .callBoxed(&stack);
  };
  call(name);
  call("wait_tensor");
  return stack.at(0).toTensor();
}

}  // namespace

TEST(TestExport, test_distributed_all_reduce) {
  const Tensor weight = parameter(at::randn({3, 4})), bias = parameter(at::randn({3}));
  Module model(
      [=](const Tensor& x) {
        Tensor y = at::linear(x, weight, bias).abs().clamp({}, 1.0) * 2;
        y.copy_(collective("all_reduce", y, std::string("sum")));
        return y;
      },
      state({{"linear.weight", weight}, {"linear.bias", bias}}));
  const DistributedEnvironment environment(2);
  auto program = t.export_program(model, {at::randn({4, 4})});
  const Values inputs{at::randn({4, 4})};
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_distributed_all_gather) {
  Module model([](const Tensor& x) {
    std::vector<Tensor> parts{at::empty_like(x), at::empty_like(x)};
    const Tensor gathered = collective("all_gather_into_tensor", x, 2);
    parts[0].copy_(gathered.slice(0, 0, 2));
    parts[1].copy_(gathered.slice(0, 2, 4));
    return parts;
  });
  const DistributedEnvironment environment(2);
  auto program = t.export_program(model, {at::randn({2})});
  const Values inputs{at::randn({2})};
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_distributed_all_gather_into_tensor) {
  Module model([](const Tensor& x) {
    return at::empty({4}).copy_(collective("all_gather_into_tensor", x, 2));
  });
  const DistributedEnvironment environment(2);
  auto program = t.export_program(model, {at::randn({2})});
  const Values inputs{at::randn({2})};
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_distributed_all_to_all_single) {
  Module model([](const Tensor& x) {
    const std::vector<std::int64_t> one_each(4, 1);
    return at::empty({4}).copy_(collective("all_to_all_single", x, one_each, one_each));
  });
  const DistributedEnvironment environment(4);
  auto program = t.export_program(model, {at::randn({4})});
  CHECK(count_in_text(program, "torch.ops._c10d_functional.all_to_all_single.default(") == 1);
}

TEST(TestExport, test_distributed_reduce_scatter_tensor) {
  Module model([](const Tensor& x) {
    return at::empty({2}).copy_(collective("reduce_scatter_tensor", x, std::string("sum"), 2));
  });
  const DistributedEnvironment environment(2);
  auto program = t.export_program(model, {at::randn({4})});
  CHECK(count_in_text(program, "torch.ops._c10d_functional.reduce_scatter_tensor.default(") == 1);
}

}  // namespace roundtrip
