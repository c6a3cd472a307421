#pragma once

#include "export/capture/recording/recorder.h"
#include "export/dispatch/capture_handler.h"

namespace roundtrip {

/// Has a recorder, and the layer above it if it has one, take part in what the thread calls.
/// Control flow is left to who records subgraphs.
class RecorderHandler : public CaptureHandler {
 public:
  explicit RecorderHandler(Recorder& recorder) : recorder_(recorder) {}

  Recorder& recorder() { return recorder_; }

  void call(const c10::OperatorHandle& op, torch::jit::Stack& stack) override;
  void call_empty(const c10::OperatorHandle& op, torch::jit::Stack& stack) override;
  torch::jit::Stack call_auto_functionalized(const AutoFunctionalized& call,
                                             torch::jit::Stack keywords) override;
  void note(const std::string& sentence) override;
  void set_grad_mode(bool enabled) override;
  void enter_autocast(const AutocastSettings& settings) override;
  void exit_autocast() override;
  void enter_vmap(const c10::SymInt& batch_size, const std::string& randomness) override;
  void leave_vmap() override;
  at::Tensor add_batch_dim(const at::Tensor& tensor, std::int64_t dim) override;
  at::Tensor remove_batch_dim(const at::Tensor& tensor, const c10::SymInt& batch_size,
                              std::int64_t dim) override;
  at::Tensor below(const at::Tensor& tensor) override;
  at::Tensor above(const at::Tensor& tensor) override;
  Value in_this_run(const Value& value) override;
  Expr expr_of(const c10::SymInt& number) override;
  void require(const Expr& condition, const std::string& message) override;

 private:
  Recorder& recorder_;
};

/// Where this thread's calls are recorded, or null if no capture is under way.
Recorder* current_recorder();

}  // namespace roundtrip
