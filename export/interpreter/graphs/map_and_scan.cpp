#include <roundtrip/control_flow.h>

#include <utility>
#include <vector>

#include "export/dispatch/plain_control_flow.h"
#include "export/interpreter/graphs/control_flow.h"
#include "export/interpreter/graphs/recorded_graphs.h"

/// Control flow that walks along tensors: map and scan.

namespace roundtrip {

namespace {

using c10::IValue;
using IValues = std::vector<IValue>;

class MapStep final : public Step {
 public:
  MapStep(GraphPlan body, OperandList mapped, OperandList additional, ResultSinks results)
      : body_(std::move(body)),
        mapped_(std::move(mapped)),
        additional_(std::move(additional)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    const IValues additional = additional_.load(frame);
    results_.store(frame, plain::map(mapped_.load(frame), [&](IValues inputs) {
                     append(inputs, additional);
                     return body_.run(std::move(inputs), frame.stack);
                   }));
  }

 private:
  void record(Frame& frame) const {
    const Value mapped = Value::tuple(to_recorded(mapped_.load(frame)));
    const auto iterate = [&](const Values& inputs) {
      const Values more(inputs.begin() + 1, inputs.end());
      return Value::tuple(call_recorded(body_, inputs[0].container().items, more));
    };
    results_.store(
        frame, from_recorded(detail::map(iterate, mapped, to_recorded(additional_.load(frame)))));
  }

  GraphPlan body_;
  OperandList mapped_;
  OperandList additional_;
  ResultSinks results_;
};

class ScanStep final : public Step {
 public:
  ScanStep(GraphPlan body, OperandList initial, OperandList scanned, OperandList additional,
           ResultSinks results)
      : body_(std::move(body)),
        initial_(std::move(initial)),
        scanned_(std::move(scanned)),
        additional_(std::move(additional)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    IValues carry = initial_.load(frame);
    const IValues additional = additional_.load(frame);
    const IValues stacked = plain::map(scanned_.load(frame), [&](const IValues& slices) {
      IValues inputs = std::move(carry);
      append(inputs, slices);
      append(inputs, additional);
      IValues outputs = body_.run(std::move(inputs), frame.stack);
      const auto split = outputs.begin() + static_cast<std::ptrdiff_t>(initial_.size());
      IValues results(split, outputs.end());
      outputs.erase(split, outputs.end());
      carry = std::move(outputs);
      return results;
    });
    append(carry, stacked);
    results_.store(frame, std::move(carry));
  }

 private:
  void record(Frame& frame) const {
    const Value initial = Value::tuple(to_recorded(initial_.load(frame)));
    const Value scanned = Value::tuple(to_recorded(scanned_.load(frame)));
    const Values additional = to_recorded(additional_.load(frame));
    const auto iterate = [&](const Values& inputs) {
      Values all = inputs[0].container().items;
      const Values& slices = inputs[1].container().items;
      all.insert(all.end(), slices.begin(), slices.end());
      const Values results = call_recorded(body_, all, additional);
      const auto split = results.begin() + static_cast<std::ptrdiff_t>(initial_.size());
      return Value::tuple(
          {Value::tuple({results.begin(), split}), Value::tuple({split, results.end()})});
    };
    results_.store(frame, from_recorded(detail::scan(iterate, initial, scanned, {})));
  }

  GraphPlan body_;
  OperandList initial_;
  OperandList scanned_;
  OperandList additional_;
  ResultSinks results_;
};

}  // namespace

std::unique_ptr<Step> make_map_step(CallReader& call) {
  auto body = call.graph();
  auto mapped = call.operands();
  auto additional = call.operands();
  require_inputs(body, mapped.size() + additional.size());
  auto results = call.results(body.num_outputs());
  return std::make_unique<MapStep>(std::move(body), std::move(mapped), std::move(additional),
                                   std::move(results));
}

std::unique_ptr<Step> make_scan_step(CallReader& call) {
  auto body = call.graph();
  auto initial = call.operands();
  auto scanned = call.operands();
  auto additional = call.operands();
  require_inputs(body, initial.size() + scanned.size() + additional.size());
  require_outputs(body, initial.size(), SIZE_MAX);
  auto results = call.results(body.num_outputs());
  return std::make_unique<ScanStep>(std::move(body), std::move(initial), std::move(scanned),
                                    std::move(additional), std::move(results));
}

}  // namespace roundtrip
