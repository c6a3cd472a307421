#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>
#include <roundtrip/control_flow.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "export/interpreter/graphs/control_flow.h"
#include "export/interpreter/graphs/recorded_graphs.h"

/// Control flow that walks along tensors: map and scan.

namespace roundtrip {

namespace {

using c10::IValue;
using IValues = std::vector<IValue>;

/// Slice `index` along dimension 0 of each tensor.
IValues slices(const IValues& tensors, std::int64_t index) {
  IValues items;
  for (const auto& tensor : tensors) items.emplace_back(tensor.toTensor().select(0, index));
  return items;
}

/// The size of dimension 0 that all have, at least 1.
std::int64_t leading_size(const IValues& tensors) {
  TORCH_CHECK(!tensors.empty(), "there is no tensor to walk along");
  auto size = tensors.front().toTensor().size(0);
  for (const auto& tensor : tensors) {
    TORCH_CHECK(tensor.toTensor().size(0) == size,
                "Leaves of xs must have same leading dimension size ", size, ", but one has ",
                tensor.toTensor().size(0));
  }
  TORCH_CHECK(size > 0, "the tensors to walk along have no slices");
  return size;
}

/// One tensor for each result: that of every turn, stacked along dimension 0.
/// A result that is None in every turn stays None.
IValues stack_results(const std::vector<IValues>& turns) {
  IValues stacked;
  for (std::size_t result = 0; result < turns.front().size(); ++result) {
    std::vector<at::Tensor> tensors;
    for (const auto& turn : turns) {
      if (turn[result].isTensor()) tensors.push_back(turn[result].toTensor());
    }
    TORCH_CHECK(tensors.empty() || tensors.size() == turns.size(), "Cannot stack result ", result,
                ": it is None in some turns");
    stacked.push_back(tensors.empty() ? IValue() : IValue(at::stack(tensors)));
  }
  return stacked;
}

class MapStep final : public Step {
 public:
  MapStep(GraphPlan body, OperandList mapped, OperandList additional, ResultSinks results)
      : body_(std::move(body)),
        mapped_(std::move(mapped)),
        additional_(std::move(additional)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    const IValues mapped = mapped_.load(frame);
    const IValues additional = additional_.load(frame);
    std::vector<IValues> turns;
    for (std::int64_t i = 0, size = leading_size(mapped); i < size; ++i) {
      IValues inputs = slices(mapped, i);
      append(inputs, additional);
      turns.push_back(body_.run(std::move(inputs), frame.stack));
    }
    results_.store(frame, stack_results(turns));
  }

 private:
  void record(Frame& frame) const {
    const Value mapped = Value::tuple(to_recorded(mapped_.load(frame)));
    const auto turn = [&](const Values& inputs) {
      const Values more(inputs.begin() + 1, inputs.end());
      return Value::tuple(call_recorded(body_, inputs[0].container().items, more));
    };
    results_.store(frame,
                   from_recorded(detail::map(turn, mapped, to_recorded(additional_.load(frame)))));
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
    const IValues scanned = scanned_.load(frame);
    const IValues additional = additional_.load(frame);
    std::vector<IValues> turns;
    for (std::int64_t i = 0, size = leading_size(scanned); i < size; ++i) {
      IValues inputs = std::move(carry);
      append(inputs, slices(scanned, i));
      append(inputs, additional);
      IValues outputs = body_.run(std::move(inputs), frame.stack);
      auto split = outputs.begin() + static_cast<std::ptrdiff_t>(initial_.size());
      turns.emplace_back(split, outputs.end());
      outputs.erase(split, outputs.end());
      carry = std::move(outputs);
    }
    append(carry, stack_results(turns));
    results_.store(frame, std::move(carry));
  }

 private:
  void record(Frame& frame) const {
    const Value initial = Value::tuple(to_recorded(initial_.load(frame)));
    const Value scanned = Value::tuple(to_recorded(scanned_.load(frame)));
    const Values additional = to_recorded(additional_.load(frame));
    const auto turn = [&](const Values& inputs) {
      Values all = inputs[0].container().items;
      const Values& slices = inputs[1].container().items;
      all.insert(all.end(), slices.begin(), slices.end());
      const Values results = call_recorded(body_, all, additional);
      const auto split = results.begin() + static_cast<std::ptrdiff_t>(initial_.size());
      return Value::tuple(
          {Value::tuple({results.begin(), split}), Value::tuple({split, results.end()})});
    };
    results_.store(frame, from_recorded(detail::scan(turn, initial, scanned, {})));
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
