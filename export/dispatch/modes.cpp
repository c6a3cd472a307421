#include <c10/core/GradMode.h>
#include <roundtrip/modes.h>

#include "export/dispatch/autocast_guard.h"
#include "export/dispatch/capture_handler.h"

namespace roundtrip {

/// A capture that the region is part of is known by its handler: a model's forward
/// runs within one.
struct Autocast::State {
  explicit State(const AutocastSettings& settings) : guard(settings) {
    if (handler != nullptr) handler->enter_autocast(settings);
  }
  ~State() {
    if (handler != nullptr) handler->exit_autocast();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  AutocastGuard guard;
  CaptureHandler* handler = current_handler();
};

Autocast::Autocast(c10::DeviceType device, std::optional<c10::ScalarType> dtype, bool enabled,
                   std::optional<bool> cache_enabled)
    : state_(std::make_unique<State>(AutocastSettings{device, dtype, enabled, cache_enabled})) {
}

Autocast::~Autocast() = default;

GradMode::GradMode(bool enabled) : outer_(c10::GradMode::is_enabled()) {
  c10::GradMode::set_enabled(enabled);
  if (CaptureHandler* handler = current_handler()) handler->set_grad_mode(enabled);
}

GradMode::~GradMode() {
  c10::GradMode::set_enabled(outer_);
  if (CaptureHandler* handler = current_handler()) handler->set_grad_mode(outer_);
}

}  // namespace roundtrip
