#include "export/interpreter/control_flow.h"

#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "export/capture/dispatch.h"
#include "export/capture/recorder.h"
#include "export/interpreter/signature.h"

namespace roundtrip {

namespace {

using c10::IValue;
using IValues = std::vector<IValue>;

/// Python's `bool(value)` of a tensor or number.
bool truth(const IValue& value) {
  if (value.isTensor()) return value.toTensor().item().toBool();
  return value.toScalar().toBool();
}

void append(IValues& values, const IValues& more) {
  values.insert(values.end(), more.begin(), more.end());
}

// While a program is captured its control flow goes through the public functions, which
// record it.

/// True if this run is captured. Throws `UnsupportedError` if it is so by a recorder that
/// takes programs apart.
bool is_recorded() {
  const Recorder* recorder = current_recorder();
  if (recorder == nullptr) return false;
  if (recorder->caller() == Recorder::Caller::model) return true;
  throw UnsupportedError("run_decompositions does not take control flow apart yet");
}

Values to_values(const IValues& values) {
  Values result;
  for (const auto& value : values) result.push_back(output_value(value));
  return result;
}

IValues to_ivalues(const Values& values) {
  IValues result;
  for (const auto& value : values) result.push_back(box_leaf(value));
  return result;
}

IValues leaves(const Value& tree) {
  return to_ivalues(tree_flatten(tree));
}

/// The results of a graph on `inputs` and then `more`.
Values call(const GraphPlan& graph, const Values& inputs, const Values& more = {}) {
  torch::jit::Stack stack;
  IValues all = to_ivalues(inputs);
  append(all, to_ivalues(more));
  return to_values(graph.run(std::move(all), stack));
}

class CondStep final : public Step {
 public:
  CondStep(OperandList predicate, GraphPlan if_true, GraphPlan if_false, OperandList operands,
           ResultSinks results)
      : predicate_(std::move(predicate)),
        if_true_(std::move(if_true)),
        if_false_(std::move(if_false)),
        operands_(std::move(operands)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    const auto& branch = truth(predicate_.load(frame).at(0)) ? if_true_ : if_false_;
    results_.store(frame, branch.run(operands_.load(frame), frame.stack));
  }

 private:
  void record(Frame& frame) const {
    const auto function = [](const GraphPlan& branch) -> GraphFunction {
      return [&branch](const Values& inputs) { return Value::tuple(call(branch, inputs)); };
    };
    results_.store(
        frame, leaves(detail::cond(output_value(predicate_.load(frame).at(0)), function(if_true_),
                                   function(if_false_), to_values(operands_.load(frame)))));
  }

  OperandList predicate_;
  GraphPlan if_true_;
  GraphPlan if_false_;
  OperandList operands_;
  ResultSinks results_;
};

class WhileLoopStep final : public Step {
 public:
  WhileLoopStep(GraphPlan condition, GraphPlan body, OperandList carried, OperandList additional,
                ResultSinks results)
      : condition_(std::move(condition)),
        body_(std::move(body)),
        carried_(std::move(carried)),
        additional_(std::move(additional)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    IValues carried = carried_.load(frame);
    const IValues additional = additional_.load(frame);
    auto inputs = [&] {
      IValues all = carried;
      append(all, additional);
      return all;
    };
    bool turned = false;
    while (truth(condition_.run(inputs(), frame.stack).at(0))) {
      carried = body_.run(inputs(), frame.stack);
      turned = true;
    }
    if (!turned) copy_tensors(carried);
    results_.store(frame, std::move(carried));
  }

 private:
  void record(Frame& frame) const {
    const Values carried = to_values(carried_.load(frame));
    const Values additional = to_values(additional_.load(frame));
    const auto decide = [&](const Values& inputs) {
      return call(condition_, inputs, additional).at(0);
    };
    const auto turn = [&](const Values& inputs) {
      return Value::tuple(call(body_, inputs, additional));
    };
    results_.store(frame, leaves(detail::while_loop(decide, turn, carried)));
  }

  /// The results of a loop without a turn do not alias its operands.
  static void copy_tensors(IValues& values) {
    for (auto& value : values) {
      if (value.isTensor()) value = value.toTensor().clone();
    }
  }

  GraphPlan condition_;
  GraphPlan body_;
  OperandList carried_;
  OperandList additional_;
  ResultSinks results_;
};

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
    const Value mapped = Value::tuple(to_values(mapped_.load(frame)));
    const auto turn = [&](const Values& inputs) {
      const Values more(inputs.begin() + 1, inputs.end());
      return Value::tuple(call(body_, inputs[0].container().items, more));
    };
    results_.store(frame, leaves(detail::map(turn, mapped, to_values(additional_.load(frame)))));
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
    const Value initial = Value::tuple(to_values(initial_.load(frame)));
    const Value scanned = Value::tuple(to_values(scanned_.load(frame)));
    const Values additional = to_values(additional_.load(frame));
    const auto turn = [&](const Values& inputs) {
      Values all = inputs[0].container().items;
      const Values& slices = inputs[1].container().items;
      all.insert(all.end(), slices.begin(), slices.end());
      const Values results = call(body_, all, additional);
      const auto split = results.begin() + static_cast<std::ptrdiff_t>(initial_.size());
      return Value::tuple(
          {Value::tuple({results.begin(), split}), Value::tuple({split, results.end()})});
    };
    results_.store(frame, leaves(detail::scan(turn, initial, scanned, {})));
  }

  GraphPlan body_;
  OperandList initial_;
  OperandList scanned_;
  OperandList additional_;
  ResultSinks results_;
};

void require_outputs(const GraphPlan& graph, std::size_t least, std::size_t most) {
  if (least <= graph.num_outputs() && graph.num_outputs() <= most) return;
  throw ProgramError("a graph gives " + std::to_string(graph.num_outputs()) +
                     " outputs, which is not what its operator needs");
}

}  // namespace

std::unique_ptr<Step> make_cond_step(CallReader& call) {
  auto predicate = call.operands();
  auto if_true = call.graph();
  auto if_false = call.graph();
  auto operands = call.operands();
  if (predicate.size() != 1) throw ProgramError("the predicate is a list");
  require_inputs(if_true, operands.size());
  require_inputs(if_false, operands.size());
  require_outputs(if_false, if_true.num_outputs(), if_true.num_outputs());
  auto results = call.results(if_true.num_outputs());
  return std::make_unique<CondStep>(std::move(predicate), std::move(if_true), std::move(if_false),
                                    std::move(operands), std::move(results));
}

std::unique_ptr<Step> make_while_loop_step(CallReader& call) {
  auto condition = call.graph();
  auto body = call.graph();
  auto carried = call.operands();
  auto additional = call.operands();
  require_inputs(condition, carried.size() + additional.size());
  require_inputs(body, carried.size() + additional.size());
  require_outputs(condition, 1, 1);
  require_outputs(body, carried.size(), carried.size());
  auto results = call.results(carried.size());
  return std::make_unique<WhileLoopStep>(std::move(condition), std::move(body), std::move(carried),
                                         std::move(additional), std::move(results));
}

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
