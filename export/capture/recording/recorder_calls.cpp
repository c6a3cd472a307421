#include <ATen/ATen.h>

#include <algorithm>

#include "export/capture/recording/declared_results.h"
#include "export/capture/recording/operator_rules.h"
#include "export/capture/recording/recorder.h"
#include "export/capture/sandbox/empty_memory.h"
#include "export/capture/trace/arguments.h"
#include "export/dispatch/capture_handler.h"
#include "export/dispatch/operator_failure.h"
#include "export/dispatch/tensor_values.h"
#include "export/operators/schema.h"
#include "export/shapes/rules/rules.h"
#include "export/tracing/traced_tensor.h"

/// The part of the recorder that is about calls: an operator runs and becomes a node.

namespace roundtrip {
namespace {

using c10::IValue;

/// A kernel that gets one would read memory that is not there.
void refuse_traced(const IValue& value, const c10::FunctionSchema& schema) {
  if (value.isTensor() && as_traced(value.toTensor()) != nullptr) {
    throw UnsupportedError(c10::str("forward calls ", schema.operator_name(),
                                    " with a tensor inside of an argument of a type that a "
                                    "program cannot hold: pass it as a tensor or in a list"));
  }
  if (value.isList()) {
    for (const IValue& item : value.toListRef()) refuse_traced(item, schema);
  } else if (value.isTuple()) {
    for (const IValue& item : value.toTupleRef().elements()) refuse_traced(item, schema);
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      refuse_traced(entry.key(), schema);
      refuse_traced(entry.value(), schema);
    }
  }
}

/// A number that the operator's kernel of shapes says is one of sizes or of data.
bool is_symbolic_number(const IValue& result) {
  return result.isSymInt() || result.isSymFloat() || result.isSymBool();
}

}  // namespace

void Recorder::refuse_random_use(const std::string& where) const {
  if (!random_ || random_->is_as_left()) return;
  throw CaptureError(
      "strict: forward draws random numbers from the default generator, or seeds it, "
      "other than by operators " +
      where +
      ", which a program cannot repeat. Draw them by operators (at::rand, "
      "at::bernoulli), or pass them as an input");
}

Trace Recorder::take_trace() {
  refuse_random_use("after its last one");
  functions_.finish(trace_);
  return std::move(trace_);
}

/// Looks whether the generator is as the operator before left it, and remembers how this
/// one leaves it.
class Recorder::RandomUse {
 public:
  RandomUse(Recorder& recorder, const c10::OperatorHandle& op) : random_(recorder.random_) {
    if (random_)
      recorder.refuse_random_use(c10::str("before it calls ", op.schema().operator_name()));
  }
  ~RandomUse() {
    if (random_) random_->remember();
  }
  RandomUse(const RandomUse&) = delete;
  RandomUse& operator=(const RandomUse&) = delete;

 private:
  std::optional<RandomWatch>& random_;
};

void Recorder::take_arguments(std::vector<IValue>& arguments, bool with_names) {
  const auto take = [&](const at::Tensor& tensor) {
    if (!tensor.defined()) return tensor;
    const at::Tensor own = local(tensor);
    if (with_names && !is_wrapped_number(own)) name_of(own);
    return own;
  };
  for (IValue& argument : arguments) argument = map_tensors(argument, take);
}

void Recorder::call(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*trace_.symbols);
  const PointerLock::Scope open(memory_lock_, false);
  const RandomUse random(*this, op);
  const auto& schema = op.schema();
  OperatorCall call{op, facts_of(op), torch::jit::pop(stack, schema.arguments().size())};
  if (call.facts.special != SpecialOperator::none && answer(call, stack)) return;
  call.is_of_libtorch = shapes::is_of_libtorch(op);
  call.has_data_sizes = call.facts.has_data_sizes(call.arguments);
  if (call.is_of_libtorch && !call.has_data_sizes) refuse_data_dependent(op, call.arguments);
  take_arguments(call.arguments, !call.is_of_libtorch || !call.facts.is_query);
  refuse_other_layouts(call);
  torch::jit::Stack results;
  for (const IValue& argument : call.arguments) results.push_back(twin_of_value(argument));
  prepare_writes(schema, results);
  const std::vector<IValue> twins = results;
  run(op, results);
  note_returned_arguments(schema, twins, results);
  if (!call.is_of_libtorch && !trace_.symbols->rehearsing) declare(call, results);
  if (!call.facts.is_query || std::any_of(results.begin(), results.end(), is_symbolic_number)) {
    record(call, results);
  }
  for (IValue& result : results) stack.push_back(std::move(result));
}

/// `transpose_` and the like, of a tensor that is there before and after the run: what the
/// program would leave behind is no data.
void Recorder::refuse_other_layouts(const OperatorCall& call) {
  const c10::OperatorHandle& op = call.op;
  if (!op.hasTag(at::Tag::inplace_view) || call.facts.special == SpecialOperator::detach_) return;
  visit_tensors(call.arguments[0], [&](const at::Tensor& tensor) {
    const bool has_two_names = std::any_of(
        returned_.begin(), returned_.end(),
        [&](const WeakTensor& twin) { return at::Tensor(twin.lock()).is_same(twin_of(tensor)); });
    if (has_two_names) {
      throw CaptureError(c10::str(
          "forward changes sizes or strides in place (", op.schema().operator_name(),
          ") of what an operator such as contiguous or to returned as it was: they would change "
          "under its other name, too, which a program cannot hold. Use the operator that returns "
          "a view, without the underscore"));
    }
    if (!outside_.contains(value_of(tensor))) return;
    throw CaptureError(c10::str(
        "forward changes sizes or strides of an input, parameter or buffer in place (",
        op.schema().operator_name(),
        "), which a program cannot hold. Use the operator that returns a view, without the "
        "underscore"));
  });
}

void Recorder::note_returned_arguments(const c10::FunctionSchema& schema,
                                       c10::ArrayRef<IValue> twins, c10::ArrayRef<IValue> results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (is_written(schema.returns()[i])) continue;
    visit_tensors(results[i], [&](const at::Tensor& result) {
      for (const IValue& twin : twins) {
        visit_tensors(twin, [&](const at::Tensor& argument) {
          if (!result.defined() || !result.is_same(argument)) return;
          returned_.emplace_back(result.getIntrusivePtr());
        });
      }
    });
  }
}

void Recorder::prepare_writes(const c10::FunctionSchema& schema, c10::ArrayRef<IValue> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!is_written(schema.arguments()[i])) continue;
    visit_tensors(arguments[i], [this](const at::Tensor& twin) { before_write(twin); });
  }
}

void Recorder::run(const c10::OperatorHandle& op, torch::jit::Stack& twins) {
  for (const IValue& twin : twins) refuse_traced(twin, op.schema());
  try {
    op.callBoxed(&twins);
  } catch (const c10::Error& error) {
    throw OperatorFailure(c10::str("forward failed in ", op.schema().operator_name(), ": ",
                                   error.what_without_backtrace()));
  }
}

void Recorder::declare(const OperatorCall& call, torch::jit::Stack& results) {
  DeclaredResults declared = declare_results(*this, call.op, call.arguments, results);
  declared_ = std::move(declared.layouts);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (is_symbolic_number(declared.values[i])) results[i] = declared.values[i];
  }
}

void Recorder::record(const OperatorCall& call, torch::jit::Stack& results) {
  if (holds_empties_ && call.facts.special == SpecialOperator::empty &&
      results[0].toTensor().is_cpu() && !call.arguments[0].isSymIntList()) {
    hold_empty(call, results[0].toTensor());
    return;
  }
  schema::Node node;
  node.target = call.facts.target;
  if (!trace_.symbols->rehearsing) {
    node.inputs = named_arguments(
        call.op.schema(), call.arguments,
        [this](const at::Tensor& tensor) { return value_of(tensor); },
        [this](const c10::SymNode& number) { return number_argument(number); });
  }
  name_results(call, results, node);
  append(std::move(node), c10::GradMode::is_enabled(), call.facts.writes);
  bind_new_symbols(trace_.nodes.back());
}

/// Leaves the memory visible to C++ code, and learns whether that asks for it to write to.
void Recorder::hold_empty(const OperatorCall& call, const at::Tensor& tensor) {
  schema::Node node;
  node.target = call.facts.target;
  node.inputs = named_arguments(call.op.schema(), call.arguments, {});
  node.metadata = new_metadata(node.target);
  watch_writes(tensor);
  made_.emplace_back(tensor.getIntrusivePtr());
  empties_.emplace(tensor.storage().unsafeGetStorageImpl(),
                   Empty{tensor, std::move(node), c10::GradMode::is_enabled()});
}

}  // namespace roundtrip
