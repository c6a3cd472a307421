#include <ATen/ATen.h>

#include <algorithm>

#include "export/capture/recording/declared_results.h"
#include "export/capture/recording/recorder.h"
#include "export/capture/trace/arguments.h"
#include "export/dispatch/capture_handler.h"
#include "export/dispatch/operator_failure.h"
#include "export/dispatch/tensor_values.h"
#include "export/fake/fake_mode.h"
#include "export/operators/schema.h"
#include "export/shapes/rules/rules.h"
#include "export/tracing/traced_tensor.h"

/// The part of the recorder that is about calls: an operator runs and becomes a node.

namespace roundtrip {
namespace {

using c10::IValue;

bool is_symbolic(const IValue& value) {
  if (value.isSymInt() || value.isSymFloat() || value.isSymBool() || value.isSymIntList()) {
    return true;
  }
  if (value.isTensor()) return symbolic_layout(value.toTensor()) != nullptr;
  if (!is_list_of_tensors(value)) return false;
  const auto items = value.toListRef();
  return std::any_of(items.begin(), items.end(), is_symbolic);
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

/// What the operator returns, or the shape of it, depends on the data in its arguments: a static
/// program cannot hold such a call.
void refuse_data_dependent(const c10::OperatorHandle& op, const OperatorFacts& facts,
                           c10::ArrayRef<IValue> arguments) {
  if (!facts.is_data_dependent(arguments)) return;
  const bool value = facts.is_query;
  throw CaptureError(c10::str(
      "forward calls ", op.schema().operator_name(), ", whose ",
      value ? "result" : "result's shape",
      " depends on the data in a tensor; a program with static sizes cannot hold it. ",
      value ? "Keep the value in a tensor (torch::where instead of if), or pass it as an input"
            : "Use an operator whose result has a fixed shape (torch::where, a mask)"));
}

/// A number that the operator's kernel of shapes says is symbolic.
bool is_symbolic_number(const IValue& result) {
  return result.isSymInt() || result.isSymFloat() || result.isSymBool();
}

}  // namespace

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

void Recorder::call(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(graph_.symbols());
  const RandomUse random(*this, op);
  OperatorCall call{op, facts_of(op), torch::jit::pop(stack, op.schema().arguments().size())};
  if (call.facts.special != SpecialOperator::none && answer(call, stack)) return;
  take_arguments(call);
  torch::jit::Stack results = run(call);
  note_returned_arguments(call, results);
  std::optional<Layouts> declared = declare(call, results);
  if (is_recorded(call, results)) record(call, results, std::move(declared));
  for (IValue& result : results) stack.push_back(std::move(result));
}

/// With values of the graph for those that are to be recorded.
void Recorder::take_arguments(OperatorCall& call) {
  call.is_of_libtorch = shapes::is_of_libtorch(call.op);
  call.has_data_sizes = call.facts.has_data_sizes(call.arguments);
  if (call.is_of_libtorch && !call.has_data_sizes) {
    refuse_data_dependent(call.op, call.facts, call.arguments);
  }
  const bool has_values = !call.is_of_libtorch || !call.facts.is_query;
  const auto take = [&](const at::Tensor& tensor) {
    if (!tensor.defined()) return tensor;
    const at::Tensor own = local(tensor);
    if (has_values && !is_wrapped_number(own)) values_.value_of(own);
    return own;
  };
  for (IValue& argument : call.arguments) argument = map_tensors(argument, take);
  if (observer_ != nullptr && !graph_.symbols().is_dry_run && !call.facts.is_query) {
    observer_->operator_called(*this, call.op, call.arguments);
  }
  refuse_other_layouts(call);
  for (const IValue& argument : call.arguments) {
    call.is_symbolic = call.is_symbolic || is_symbolic(argument);
    call.concrete.push_back(concrete_of_value(argument));
  }
}

/// `transpose_` and the like, of a tensor that is there before and after the run: what the
/// program would leave behind is no data.
void Recorder::refuse_other_layouts(const OperatorCall& call) {
  const c10::OperatorHandle& op = call.op;
  if (!op.hasTag(at::Tag::inplace_view) || call.facts.special == SpecialOperator::detach_) return;
  visit_tensors(call.arguments[0], [&](const at::Tensor& tensor) {
    const bool has_two_names =
        std::any_of(returned_.begin(), returned_.end(), [&](const WeakTensor& concrete) {
          return at::Tensor(concrete.lock()).is_same(concrete_of(tensor));
        });
    if (has_two_names) {
      throw CaptureError(c10::str(
          "forward changes sizes or strides in place (", op.schema().operator_name(),
          ") of what an operator such as contiguous or to returned as it was: they would change "
          "under its other name, too, which a program cannot hold. Use the operator that returns "
          "a view, without the underscore"));
    }
    if (!values_.is_outside(values_.value_of(tensor))) return;
    throw CaptureError(c10::str(
        "forward changes sizes or strides of an input, parameter or buffer in place (",
        op.schema().operator_name(),
        "), which a program cannot hold. Use the operator that returns a view, without the "
        "underscore"));
  });
}

/// C++ code may write to what `aten::empty` gives it.
bool Recorder::gives_memory(const OperatorCall& call) const {
  return holds_empties_ && call.facts.special == SpecialOperator::empty &&
         !call.arguments[0].isSymIntList();
}

/// C++ code may read plain tensors of its own through pointers, unless they are locked.
void Recorder::compute_for_pointers(const OperatorCall& call) {
  if (!call.facts.writes || memory_lock() != nullptr) return;
  const auto& formals = call.op.schema().arguments();
  for (std::size_t i = 0; i < formals.size(); ++i) {
    if (!is_written(formals[i])) continue;
    visit_tensors(call.arguments[i], [this](const at::Tensor& tensor) {
      const bool is_own = as_traced(tensor) == nullptr && !values_.is_outside(value_of(tensor));
      if (is_own) FakeMode::current()->compute(tensor);
    });
  }
}

torch::jit::Stack Recorder::run(const OperatorCall& call) {
  const c10::FunctionSchema& schema = call.op.schema();
  for (std::size_t i = 0; i < call.concrete.size(); ++i) {
    refuse_traced(call.concrete[i], schema);
    if (!is_written(schema.arguments()[i])) continue;
    visit_tensors(call.concrete[i],
                  [this](const at::Tensor& concrete) { surroundings_.before_write(concrete); });
  }
  torch::jit::Stack stack = call.concrete;
  try {
    if (gives_memory(call)) {
      const WithData with_data;
      call.op.callBoxed(&stack);
    } else {
      FakeMode::current()->call(call.op, stack);
      compute_for_pointers(call);
    }
  } catch (const c10::Error& error) {
    throw OperatorFailure(c10::str("forward failed in ", schema.operator_name(), ": ",
                                   error.what_without_backtrace()));
  }
  return stack;
}

void Recorder::note_returned_arguments(const OperatorCall& call, c10::ArrayRef<IValue> results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (is_written(call.op.schema().returns()[i])) continue;
    visit_tensors(results[i], [&](const at::Tensor& result) {
      for (const IValue& given : call.concrete) {
        visit_tensors(given, [&](const at::Tensor& argument) {
          if (result.is_same(argument)) returned_.emplace_back(result.getIntrusivePtr());
        });
      }
    });
  }
}

/// What an operator of the user's says of its results; numbers among them become symbolic.
std::optional<Recorder::Layouts> Recorder::declare(const OperatorCall& call,
                                                   torch::jit::Stack& results) {
  if (call.is_of_libtorch || graph_.symbols().is_dry_run) return std::nullopt;
  DeclaredResults declared = declare_results(*this, call.op, call.arguments, results);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (is_symbolic_number(declared.values[i])) results[i] = declared.values[i];
  }
  return std::move(declared.layouts);
}

bool Recorder::is_recorded(const OperatorCall& call, const torch::jit::Stack& results) const {
  return !call.facts.is_query || std::any_of(results.begin(), results.end(), is_symbolic_number);
}

std::vector<NamedArgument> Recorder::inputs_of(const OperatorCall& call) {
  return named_arguments(
      call.op.schema(), call.arguments,
      [this](const at::Tensor& tensor) -> GraphValue& { return values_.value_of(tensor); },
      [this](const c10::SymNode& number) { return numbers_.argument(number); });
}

}  // namespace roundtrip
