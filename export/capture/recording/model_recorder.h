#pragma once

#include <roundtrip/module.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/capture/recording/recorder.h"
#include "export/capture/recording/surroundings.h"
#include "export/capture/sandbox/state_guard.h"

namespace roundtrip {

/// Records the calls of a model's forward. Parameters and buffers are inputs of the graph from
/// the start, tensors from outside are constants. Keeps the model as it was: see `StateGuard`.
class ModelRecorder final : private Surroundings {
 public:
  /// `layer` as for `Recorder`.
  ModelRecorder(const ModuleState& state, std::shared_ptr<Symbols> symbols,
                OperatorLayer* layer = nullptr);

  Recorder& recorder() { return recorder_; }

  /// Names of parameters and buffers that were given other memory.
  std::vector<std::string> with_other_memory() const { return guard_.with_other_memory(); }

 private:
  at::Tensor local(const at::Tensor& tensor) override;
  GraphValue& add_constant(const at::Tensor& tensor) override;
  void before_write(const at::Tensor& concrete) override { guard_.before_write(concrete); }
  Argument number_argument(SymNode& number) override;

  void add_state(PlaceholderKind kind, const OrderedMap<at::Tensor>& tensors);
  /// Whether a tensor of the model goes by this name.
  bool is_taken(const std::string& target) const;

  StateGuard guard_;
  std::unordered_map<const c10::TensorImpl*, std::string> declared_constants_;
  std::size_t constants_ = 0;
  Recorder recorder_;
};

}  // namespace roundtrip
