#include <ATen/ATen.h>
#include <roundtrip/module.h>

#include <utility>

#include "export/capture/forward/assigned_fields.h"
#include "export/capture/forward/dry_run.h"
#include "export/capture/inputs/example_copies.h"
#include "export/capture/sandbox/state_guard.h"

namespace roundtrip {
namespace {

thread_local bool runs_dry = false;

class DryScope {
 public:
  DryScope() : saved_(std::exchange(runs_dry, true)) {}
  ~DryScope() { runs_dry = saved_; }
  DryScope(const DryScope&) = delete;
  DryScope& operator=(const DryScope&) = delete;

 private:
  bool saved_;
};

}  // namespace

bool is_dry_run() {
  return runs_dry;
}

Value dry_run(const Module& module, const Values& args, const Kwargs& kwargs, std::uint64_t seed) {
  const DryScope dry;
  const ModuleState state = module.state();
  const AssignedFields fields(state);
  StateGuard guard(state);
  for (const auto* tensors : {&state.parameters, &state.constants}) {
    for (const auto& entry : *tensors) guard.protect(entry.value());
  }
  at::manual_seed(seed);
  ExampleCopies copies;
  const auto copy = [&](const Value& leaf) {
    return leaf.is_tensor() ? Value(copies.copy(leaf.tensor())) : leaf;
  };
  Values own_args;
  for (const Value& arg : args) own_args.push_back(map_leaves(arg, copy));
  Kwargs own_kwargs;
  for (const auto& [name, arg] : kwargs) own_kwargs.emplace_back(name, map_leaves(arg, copy));
  return map_leaves(module(own_args, own_kwargs), [](const Value& leaf) {
    return leaf.is_tensor() ? Value(leaf.tensor().detach().clone()) : leaf;
  });
}

}  // namespace roundtrip
