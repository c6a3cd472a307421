#pragma once

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

#include <optional>

namespace roundtrip {

/// What `torch.autocast` is given.
struct AutocastSettings {
  c10::DeviceType device = c10::DeviceType::CPU;
  std::optional<c10::ScalarType> dtype;  ///< nothing: as the device has it
  bool enabled = true;
  std::optional<bool> cache_enabled;  ///< nothing: as the thread has it
};

/// `with torch.autocast(...)`: sets the thread's autocast state, and restores it.
class AutocastGuard {
 public:
  explicit AutocastGuard(const AutocastSettings& settings);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  c10::DeviceType device_;
  bool enabled_;
  c10::ScalarType dtype_;
  bool cache_enabled_;
};

}  // namespace roundtrip
