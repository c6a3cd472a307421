#include "export/interpreter/graphs/vmap_steps.h"

#include <roundtrip/error.h>

#include <string>
#include <unordered_map>
#include <utility>

#include "export/dispatch/vmap_levels.h"

namespace roundtrip {
namespace {

const std::string kPrefix = "torch._functorch.predispatch.";

/// Python loads rules here that C++ has; entering a vmap records it again.
class LoadStep final : public Step {
 public:
  void run(Frame&) const override {}
};

class EnterStep final : public Step {
 public:
  EnterStep(OperandList batch_size, std::string randomness)
      : batch_size_(std::move(batch_size)), randomness_(std::move(randomness)) {}
  void run(Frame& frame) const override {
    enter_vmap(batch_size_.load(frame)[0].toSymInt(), randomness_);
  }

 private:
  OperandList batch_size_;
  std::string randomness_;
};

class LeaveStep final : public Step {
 public:
  void run(Frame&) const override { leave_vmap(); }
};

class AddStep final : public Step {
 public:
  AddStep(OperandList tensor, std::int64_t dim, ResultSinks result)
      : tensor_(std::move(tensor)), dim_(dim), result_(std::move(result)) {}
  void run(Frame& frame) const override {
    result_.store(frame, {add_batch_dim(tensor_.load(frame)[0].toTensor(), dim_)});
  }

 private:
  OperandList tensor_;
  std::int64_t dim_;
  ResultSinks result_;
};

class RemoveStep final : public Step {
 public:
  RemoveStep(OperandList tensor, OperandList batch_size, std::int64_t dim, ResultSinks result)
      : tensor_(std::move(tensor)),
        batch_size_(std::move(batch_size)),
        dim_(dim),
        result_(std::move(result)) {}
  void run(Frame& frame) const override {
    const c10::SymInt batch_size = batch_size_.load(frame)[0].toSymInt();
    result_.store(frame, {remove_batch_dim(tensor_.load(frame)[0].toTensor(), batch_size, dim_)});
  }

 private:
  OperandList tensor_;
  OperandList batch_size_;
  std::int64_t dim_;
  ResultSinks result_;
};

std::unique_ptr<Step> make_enter(CallReader& call) {
  auto batch_size = call.operands();
  return std::make_unique<EnterStep>(std::move(batch_size), call.constant<std::string>());
}

std::unique_ptr<Step> make_leave(CallReader&) {
  return std::make_unique<LeaveStep>();
}

std::unique_ptr<Step> make_load(CallReader&) {
  return std::make_unique<LoadStep>();
}

/// Levels are not read: a program adds and removes dimensions of the innermost vmap only,
/// whose level at run time depends on those around the run.
std::unique_ptr<Step> make_add(CallReader& call) {
  auto tensor = call.operands();
  const auto dim = call.constant<std::int64_t>();
  call.constant<std::int64_t>();
  return std::make_unique<AddStep>(std::move(tensor), dim, call.results(1));
}

std::unique_ptr<Step> make_remove(CallReader& call) {
  auto tensor = call.operands();
  call.constant<std::int64_t>();
  auto batch_size = call.operands();
  const auto dim = call.constant<std::int64_t>();
  return std::make_unique<RemoveStep>(std::move(tensor), std::move(batch_size), dim,
                                      call.results(1));
}

}  // namespace

bool is_vmap_node(const Node& node) {
  return node.target().starts_with(kPrefix);
}

std::unique_ptr<Step> make_vmap_step(const std::string& target, CallReader& call) {
  using Maker = std::unique_ptr<Step> (*)(CallReader&);
  static const std::unordered_map<std::string, Maker> kMakers = {
      {kPrefix + "lazy_load_decompositions", make_load},
      {kPrefix + "_vmap_increment_nesting", make_enter},
      {kPrefix + "_vmap_decrement_nesting", make_leave},
      {kPrefix + "_add_batch_dim", make_add},
      {kPrefix + "_remove_batch_dim", make_remove},
  };
  const auto maker = kMakers.find(target);
  if (maker == kMakers.end()) throw UnsupportedError("this version cannot run " + target);
  return maker->second(call);
}

}  // namespace roundtrip
