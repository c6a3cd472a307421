#include "export/capture/trace/mode_tracker.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>

#include <utility>

namespace roundtrip {

ModeTracker::ModeTracker()
    : grad_mode_(c10::GradMode::is_enabled()), devices_{{c10::kCPU, {}}, {c10::kCUDA, {}}} {
  take_state();
}

ModeTracker::State ModeTracker::state_of(c10::DeviceType device) {
  if (!at::autocast::is_autocast_enabled(device)) return std::nullopt;
  return at::autocast::get_autocast_dtype(device);
}

void ModeTracker::take_state() {
  for (Device& device : devices_) device.state = state_of(device.type);
}

std::vector<ModeChange> ModeTracker::take_changes(bool grad_mode) {
  find_autocast();
  find_grad_mode(grad_mode);
  return std::exchange(changes_, {});
}

void ModeTracker::set_grad_mode(bool enabled) {
  find_autocast();
  grad_mode_ = enabled;
  changes_.push_back({ModeChange::Kind::grad_mode, enabled, {}});
}

void ModeTracker::enter_autocast(AutocastSettings settings) {
  find_grad_mode(c10::GradMode::is_enabled());
  close_found();
  settings.dtype = at::autocast::get_autocast_dtype(settings.device);
  outer_devices_.push_back(devices_);
  take_state();
  changes_.push_back({ModeChange::Kind::enter_autocast, grad_mode_, settings});
}

void ModeTracker::exit_autocast() {
  find_grad_mode(c10::GradMode::is_enabled());
  close_found();
  devices_ = std::move(outer_devices_.back());
  outer_devices_.pop_back();
  changes_.push_back({ModeChange::Kind::exit_autocast, grad_mode_, {}});
}

void ModeTracker::find_grad_mode(bool grad_mode) {
  if (grad_mode == grad_mode_) return;
  grad_mode_ = grad_mode;
  changes_.push_back({ModeChange::Kind::grad_mode, grad_mode, {}});
}

void ModeTracker::find_autocast() {
  const Device* changed = nullptr;
  for (const Device& device : devices_) {
    if (state_of(device.type) != device.state) changed = &device;
  }
  const State now = changed != nullptr ? state_of(changed->type) : State();
  if (found_ && changed != nullptr && found_->settings.device == changed->type &&
      found_->settings.enabled == now.has_value() && (!now || found_->settings.dtype == now)) {
    return;
  }
  close_found();
  if (changed == nullptr) return;
  const AutocastSettings settings{
      changed->type, at::autocast::get_autocast_dtype(changed->type), now.has_value(), {}};
  found_ = Found{settings, grad_mode_};
  changes_.push_back({ModeChange::Kind::enter_autocast, grad_mode_, settings});
}

/// What changed inside of the region ends with it.
void ModeTracker::close_found() {
  if (!found_) return;
  find_grad_mode(found_->grad_mode);
  found_.reset();
  changes_.push_back({ModeChange::Kind::exit_autocast, grad_mode_, {}});
}

}  // namespace roundtrip
