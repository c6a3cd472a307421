#include <ATen/ATen.h>

#include <algorithm>

#include "export/capture/recording/data_sizes.h"
#include "export/capture/recording/declared_results.h"
#include "export/capture/recording/operator_rules.h"
#include "export/capture/recording/recorder.h"
#include "export/capture/sandbox/empty_memory.h"
#include "export/capture/trace/arguments.h"
#include "export/dispatch/capture_handler.h"
#include "export/dispatch/operator_failure.h"
#include "export/dispatch/tensor_values.h"
#include "export/shapes/data_dependent.h"
#include "export/tracing/operator_names.h"
#include "export/tracing/traced_tensor.h"

/// The part of the recorder that is about calls: an operator runs and becomes a node.

namespace roundtrip {
namespace {

using c10::IValue;

bool is_written(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

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

void Recorder::localize(std::vector<IValue>& arguments) {
  for (const IValue& argument : arguments) {
    visit_tensors(argument, [this](const at::Tensor& tensor) { local(tensor); });
  }
}

void Recorder::call(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*trace_.symbols);
  const PointerLock::Scope open(memory_lock_, false);
  const RandomUse random(*this, op);
  const auto& schema = op.schema();
  std::vector<IValue> arguments = torch::jit::pop(stack, schema.arguments().size());
  localize(arguments);
  if (record_item(op, arguments, stack) || answer_about_numbers(op, arguments, stack)) return;
  const bool own = !is_of_libtorch(schema);
  if (!own && !has_data_sizes(op, arguments)) refuse_data_dependent(op, arguments);
  const bool is_query = is_metadata_query(schema);
  if (own || !is_query) {
    for (const IValue& argument : arguments) {
      visit_tensors(argument, [this](const at::Tensor& tensor) {
        if (!is_wrapped_number(tensor)) value_of(tensor);
      });
    }
  }
  refuse_other_layouts(op, arguments);
  torch::jit::Stack results;
  for (const IValue& argument : arguments) results.push_back(twin_of_value(argument));
  prepare_writes(schema, results);
  const std::vector<IValue> twins = results;
  run(op, results);
  note_returned_arguments(schema, twins, results);
  if (own && !trace_.symbols->rehearsing) declare(op, arguments, results);
  if (!is_query || std::any_of(results.begin(), results.end(), is_symbolic_number)) {
    record(op, arguments, results);
  }
  for (IValue& result : results) stack.push_back(std::move(result));
}

/// `transpose_` and the like, of a tensor that is there before and after the run: what the
/// program would leave behind is no data.
void Recorder::refuse_other_layouts(const c10::OperatorHandle& op,
                                    const std::vector<IValue>& arguments) {
  if (!op.hasTag(at::Tag::inplace_view) || op.schema().name() == "aten::detach_") return;
  visit_tensors(arguments[0], [&](const at::Tensor& tensor) {
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

void Recorder::declare(const c10::OperatorHandle& op, const std::vector<IValue>& arguments,
                       torch::jit::Stack& results) {
  DeclaredResults declared = declare_results(*this, op, arguments, results);
  declared_ = std::move(declared.layouts);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (is_symbolic_number(declared.values[i])) results[i] = declared.values[i];
  }
}

void Recorder::record(const c10::OperatorHandle& op, const std::vector<IValue>& arguments,
                      torch::jit::Stack& results) {
  const auto& schema = op.schema();
  if (holds_empties_ &&
      schema.operator_name() == c10::OperatorName{"aten::empty", "memory_format"} &&
      results[0].toTensor().is_cpu() && !arguments[0].isSymIntList()) {
    hold_empty(op, arguments, results[0].toTensor());
    return;
  }
  Node node;
  node.target = target_of(schema);
  if (!trace_.symbols->rehearsing) {
    node.inputs = named_arguments(
        schema, arguments, [this](const at::Tensor& tensor) { return value_of(tensor); },
        [this](const c10::SymNode& number) { return number_argument(number); });
  }
  name_results(op, arguments, results, node);
  const bool writes = std::any_of(schema.arguments().begin(), schema.arguments().end(), is_written);
  append(std::move(node), c10::GradMode::is_enabled(), writes);
  bind_new_symbols(trace_.nodes.back());
}

/// Leaves the memory visible to C++ code, and learns whether that asks for it to write to.
void Recorder::hold_empty(const c10::OperatorHandle& op, const std::vector<IValue>& arguments,
                          const at::Tensor& tensor) {
  Node node;
  node.target = target_of(op.schema());
  node.inputs = named_arguments(op.schema(), arguments, {});
  node.metadata = new_metadata(node.target);
  watch_writes(tensor);
  made_.emplace_back(tensor.getIntrusivePtr());
  empties_.emplace(tensor.storage().unsafeGetStorageImpl(),
                   Empty{tensor, std::move(node), c10::GradMode::is_enabled()});
}

}  // namespace roundtrip
