#pragma once

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

#include <memory>
#include <optional>

/// Modes for a region of a model's forward. Each sets a mode of LibTorch as long as it
/// lives, in a capture or not. A captured region becomes a subgraph of the program, as
/// Python's `with` statements do. LibTorch's own guards (`at::NoGradGuard`,
/// `at::autocast::set_autocast_enabled`) are captured, too; only, two such regions with
/// no operator between them count as one.

namespace roundtrip {

/// `with torch.autocast(device, dtype, enabled, cache_enabled)`. Without a dtype it is
/// the device's own; without `cache_enabled` the cache stays as it is.
class Autocast {
 public:
  explicit Autocast(c10::DeviceType device, std::optional<c10::ScalarType> dtype = std::nullopt,
                    bool enabled = true, std::optional<bool> cache_enabled = std::nullopt);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `with torch.set_grad_enabled(enabled)`; `GradMode(false)` is `torch.no_grad()`.
class GradMode {
 public:
  explicit GradMode(bool enabled);
  ~GradMode();
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool outer_;
};

}  // namespace roundtrip
