#include "export/interpreter/graphs/mode_regions.h"

#include <roundtrip/modes.h>

#include <string>
#include <utility>

#include "export/dispatch/autocast_guard.h"

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
    const GradMode mode(enabled_);
    region_.run(frame);
  }

 private:
  bool enabled_;
  Region region_;
};

class AutocastStep final : public Step {
 public:
  AutocastStep(AutocastSettings settings, Region region)
      : settings_(settings), region_(std::move(region)) {}

  void run(Frame& frame) const override {
    const Autocast mode(settings_.device, settings_.dtype, settings_.enabled,
                        settings_.cache_enabled);
    region_.run(frame);
  }

 private:
  AutocastSettings settings_;
  Region region_;
};

}  // namespace

std::unique_ptr<Step> make_set_grad_enabled_step(CallReader& call) {
  auto enabled = call.constant<bool>();
  return std::make_unique<SetGradEnabledStep>(enabled, Region::read(call));
}

std::unique_ptr<Step> make_autocast_step(CallReader& call) {
  AutocastSettings settings;
  settings.device = c10::Device(call.constant<std::string>()).type();
  settings.dtype = call.optional_constant<c10::ScalarType>();
  settings.enabled = call.optional_constant<bool>().value_or(true);
  settings.cache_enabled = call.optional_constant<bool>();
  return std::make_unique<AutocastStep>(settings, Region::read(call));
}

}  // namespace roundtrip
