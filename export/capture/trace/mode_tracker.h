#pragma once

#include <optional>
#include <vector>

#include "export/dispatch/autocast_guard.h"

namespace roundtrip {

/// Where a region of forward begins or ends.
struct ModeChange {
  enum class Kind { grad_mode, enter_autocast, exit_autocast };
  Kind kind;
  bool grad_mode = true;        ///< from here on
  AutocastSettings autocast{};  ///< what is entered
};

/// Follows gradient and autocast mode while a graph is recorded. Regions of our own
/// API tell it; LibTorch's guards are found by what the modes are at the next operator.
class ModeTracker {
 public:
  /// The modes of now need no region.
  ModeTracker();

  /// The changes up to now, before an operator that is called under `grad_mode`.
  std::vector<ModeChange> take_changes(bool grad_mode);

  void set_grad_mode(bool enabled);
  /// To be called when the settings hold already.
  void enter_autocast(AutocastSettings settings);
  /// To be called while they still hold.
  void exit_autocast();

 private:
  /// Enabled, and then in which dtype.
  using State = std::optional<c10::ScalarType>;
  struct Device {
    c10::DeviceType type;
    State state;
  };
  /// A region that nobody told of.
  struct Found {
    AutocastSettings settings;
    bool grad_mode;  ///< when it was entered
  };

  static State state_of(c10::DeviceType device);
  void find_grad_mode(bool grad_mode);
  void find_autocast();
  void close_found();
  void take_state();

  bool grad_mode_;
  std::vector<Device> devices_;  ///< as the told regions want them
  std::vector<std::vector<Device>> outer_devices_;
  std::optional<Found> found_;
  std::vector<ModeChange> changes_;
};

}  // namespace roundtrip
