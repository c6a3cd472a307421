#pragma once

#include "export/capture/recording/recorder_handler.h"
#include "export/tracing/operator_calls.h"

namespace roundtrip {

/// A capture whose control flow is recorded, with its branches and bodies as subgraphs.
class ControlFlowHandler final : public RecorderHandler {
 public:
  using RecorderHandler::RecorderHandler;

  Value cond(const Value& predicate, const GraphFunction& if_true, const GraphFunction& if_false,
             const Values& operands) override;
  Value while_loop(const GraphFunction& condition, const GraphFunction& body,
                   const Values& carried) override;
  Value map(const GraphFunction& body, const Value& xs, const Values& args) override;
  Value scan(const GraphFunction& combine, const Value& init, const Value& xs) override;
  Value hints_wrapper(const GraphFunction& body, const Values& args, const Hints& hints) override;
};

/// While it lives, what is called on this thread goes to `recorder`. A nested one records a
/// branch, and suspends the outer.
class CaptureScope {
 public:
  explicit CaptureScope(Recorder& recorder)
      : handler_(recorder), graph_(recorder.graph().id()), scope_(handler_) {}

 private:
  ControlFlowHandler handler_;
  LiveGraph graph_;
  HandlerScope scope_;
  WithCapture operators_;
};

}  // namespace roundtrip
