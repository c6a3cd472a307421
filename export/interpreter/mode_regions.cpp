#include "export/interpreter/mode_regions.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>

#include <optional>
#include <string>
#include <utility>

namespace roundtrip {

namespace {

/// The graph that a region runs, with what goes in and out.
struct Region {
  GraphPlan graph;
  OperandList operands;
  ResultSinks results;

  static Region read(CallReader& call) {
    auto graph = call.graph();
    auto operands = call.remaining_operands();
    require_inputs(graph, operands.size());
    auto results = call.results(graph.num_outputs());
    return {std::move(graph), std::move(operands), std::move(results)};
  }

  void run(Frame& frame) const {
    results.store(frame, graph.run(operands.load(frame), frame.stack));
  }
};

class SetGradEnabledStep final : public Step {
 public:
  SetGradEnabledStep(bool enabled, Region region) : enabled_(enabled), region_(std::move(region)) {}

  void run(Frame& frame) const override {
    at::AutoGradMode mode(enabled_);
    region_.run(frame);
  }

 private:
  bool enabled_;
  Region region_;
};

struct AutocastOptions {
  c10::DeviceType device;
  std::optional<c10::ScalarType> dtype;  ///< nothing: the device's default
  bool enabled;
  bool cache_enabled;
};

/// `with torch.autocast(...)`: sets the thread's autocast state, and restores it.
class AutocastGuard {
 public:
  explicit AutocastGuard(const AutocastOptions& options)
      : device_(options.device),
        enabled_(at::autocast::is_autocast_enabled(device_)),
        dtype_(at::autocast::get_autocast_dtype(device_)),
        cache_enabled_(at::autocast::is_autocast_cache_enabled()) {
    at::autocast::set_autocast_enabled(device_, options.enabled);
    at::autocast::set_autocast_dtype(device_, options.dtype.value_or(dtype_));
    at::autocast::set_autocast_cache_enabled(options.cache_enabled);
    at::autocast::increment_nesting();
  }
  ~AutocastGuard() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, enabled_);
    at::autocast::set_autocast_dtype(device_, dtype_);
    at::autocast::set_autocast_cache_enabled(cache_enabled_);
  }
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  c10::DeviceType device_;
  bool enabled_;
  c10::ScalarType dtype_;
  bool cache_enabled_;
};

class AutocastStep final : public Step {
 public:
  AutocastStep(AutocastOptions options, Region region)
      : options_(options), region_(std::move(region)) {}

  void run(Frame& frame) const override {
    AutocastGuard guard(options_);
    region_.run(frame);
  }

 private:
  AutocastOptions options_;
  Region region_;
};

}  // namespace

std::unique_ptr<Step> make_set_grad_enabled_step(CallReader& call) {
  auto enabled = call.constant<bool>();
  return std::make_unique<SetGradEnabledStep>(enabled, Region::read(call));
}

std::unique_ptr<Step> make_autocast_step(CallReader& call) {
  AutocastOptions options{};
  options.device = c10::Device(call.constant<std::string>()).type();
  options.dtype = call.optional_constant<c10::ScalarType>();
  options.enabled = call.optional_constant<bool>().value_or(true);
  options.cache_enabled =
      call.optional_constant<bool>().value_or(at::autocast::is_autocast_cache_enabled());
  return std::make_unique<AutocastStep>(options, Region::read(call));
}

}  // namespace roundtrip
