#pragma once

namespace roundtrip {

/// While one exists, users' flags for oneDNN, NNPACK and cuDNN are off, as while Python
/// exports: layers pass some of them on as arguments (`batch_norm(..., cudnn_enabled)`),
/// and a program is not bound to the machine it was made on. The flags are the process's;
/// the last of several, which may live in different threads, puts them back.
class BackendsOff {
 public:
  BackendsOff();
  ~BackendsOff();
  BackendsOff(const BackendsOff&) = delete;
  BackendsOff& operator=(const BackendsOff&) = delete;
};

}  // namespace roundtrip
