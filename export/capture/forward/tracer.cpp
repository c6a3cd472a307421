#include "export/capture/forward/tracer.h"

#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <unordered_map>

#include "export/capture/control_flow/capture_scope.h"
#include "export/capture/forward/assigned_fields.h"
#include "export/capture/forward/other_threads.h"
#include "export/capture/forward/outside_tensors.h"
#include "export/capture/forward/state_changes.h"
#include "export/capture/inputs/example_copies.h"
#include "export/capture/inputs/input_constraints.h"
#include "export/capture/inputs/state_names.h"
#include "export/capture/modules/module_stacks.h"
#include "export/capture/passes/finish_trace.h"
#include "export/capture/recording/model_recorder.h"
#include "export/capture/recording/module_calls.h"
#include "export/capture/sandbox/backend_flags.h"
#include "export/capture/trace/arguments.h"
#include "export/fake/fake_mode.h"
#include "export/fake/pointer_lock.h"
#include "export/tracing/layouts.h"
#include "export/tracing/traced_tensor.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {
namespace {

/// Makes what forward gets of the example inputs, and the graph's inputs.
class TracedInputs {
 public:
  TracedInputs(Recorder& recorder, const std::shared_ptr<Symbols>& symbols,
               std::vector<LeafConstraints> constraints, std::vector<Argument>& inputs)
      : recorder_(recorder),
        symbols_(symbols),
        constraints_(std::move(constraints)),
        inputs_(inputs) {}

  Value trace(const Value& tree) {
    return map_leaves(tree, [this](const Value& leaf) -> Value {
      const LeafConstraints& asked = constraints_[next_++];
      if (leaf.is_tensor()) return trace_tensor(leaf.tensor(), asked);
      if (leaf.is_int() && asked.sizes.front().kind != SizeConstraint::Kind::fixed) {
        return trace_int(leaf.to_int(), asked);
      }
      inputs_.push_back(constant_argument(leaf, "an example input"));
      return leaf;
    });
  }

 private:
  /// A tensor that is passed twice makes two inputs, and forward gets one tensor
  /// that goes by the second's name, as in Python.
  at::Tensor trace_tensor(const at::Tensor& tensor, const LeafConstraints& asked) {
    const at::Tensor copy = copies_.copy(tensor);
    GraphValue& value = recorder_.add_placeholder(PlaceholderKind::user_input, "", copy);
    inputs_.emplace_back(value);
    at::Tensor& traced = traced_[copy.unsafeGetTensorImpl()];
    if (!traced.defined()) {
      const std::optional<SymbolicLayout> layout = dynamic_layout(copy, asked);
      traced = recorder_.values().traced(copy, value, layout ? &*layout : nullptr);
    } else {
      recorder_.values().stand_for(*as_traced(traced), value);
    }
    return traced;
  }

  std::optional<SymbolicLayout> dynamic_layout(const at::Tensor& tensor,
                                               const LeafConstraints& asked) {
    SymbolicLayout layout;
    bool dynamic = false;
    for (std::size_t i = 0; i < asked.sizes.size(); ++i) {
      const std::string source = c10::str(asked.source, ".size()[", i, "]");
      const Expr size = symbols_->env.add_input(source, tensor.sizes()[i], asked.sizes[i]);
      remember(size);
      dynamic |= size.kind != ExprKind::integer;
      layout.sizes.push_back(make_sym_int(symbols_, size));
    }
    if (!dynamic) return std::nullopt;
    layout.strides = strides_in_order_of(tensor, layout.sizes);
    layout.storage_offset = tensor.storage_offset();
    return layout;
  }

  Value trace_int(std::int64_t number, const LeafConstraints& asked) {
    const Expr expr = symbols_->env.add_input(asked.source, number, asked.sizes.front());
    remember(expr);
    GraphValue& value = recorder_.graph().add_number_input({expr, SymbolType::integer});
    inputs_.emplace_back(value);
    return recorder_.numbers().symbolic(value).toSymInt();
  }

  void remember(const Expr& expr) {
    if (expr.kind == ExprKind::symbol) symbols_->all.push_back(expr);
  }

  Recorder& recorder_;
  const std::shared_ptr<Symbols>& symbols_;
  std::vector<LeafConstraints> constraints_;
  std::vector<Argument>& inputs_;
  std::size_t next_ = 0;
  ExampleCopies copies_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> traced_;
};

Value call_forward(const Module::Forward& forward, Recorder& recorder, const Values& args,
                   const Kwargs& kwargs) {
  const BackendsOff backends;
  CaptureScope scope(recorder);
  const ArithmeticScope arithmetic(*recorder.symbols(), recorder.numbers());
  const PointerLock::Closed closed(recorder.memory_lock());
  try {
    return forward(args, kwargs);
  } catch (const c10::Error& error) {
    throw CaptureError("forward failed: " + std::string(error.what_without_backtrace()) +
                       user_place(error));
  }
}

Argument output_argument(const Value& leaf, Recorder& recorder) {
  NumberRecorder& numbers = recorder.numbers();
  if (leaf.is_sym_int()) return numbers.argument(leaf.sym_int().toSymNode());
  if (leaf.is_sym_float()) return numbers.argument(leaf.sym_float().toSymNodeImpl());
  if (leaf.is_sym_bool()) return numbers.argument(leaf.sym_bool().toSymNodeImpl());
  if (!leaf.is_tensor()) return constant_argument(leaf, "a result of forward");
  return recorder.value_of(leaf.tensor());
}

[[noreturn]] void refuse_in_strict(const std::string& warning) {
  throw CaptureError("strict: " + warning);
}

void add_to(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

bool converts(const ExportCall& call) {
  const ExportOptions& options = call.options;
  if (call.module.has_graph_forward()) {
    return options.convert.value_or(options.strict.value_or(false));
  }
  if (!options.convert.value_or(false)) return false;
  throw CaptureError(
      "ExportOptions::convert is set, but the module has no graph to convert: only TorchScript "
      "models do (make_module), or a module with a graph_forward. Export without it");
}

Trace trace_forward(const ExportCall& call) {
  TraceRun run;
  return trace_forward(call, run);
}

Trace trace_forward(const ExportCall& call, TraceRun& run) {
  const bool strict = call.options.strict.value_or(false);
  const auto symbols =
      std::make_shared<Symbols>(strict, call.options.prefer_deferred_runtime_asserts_over_guards);
  if (converts(call)) symbols->reads = Reads::specialize;
  if (run.reads) symbols->reads = *run.reads;
  run.symbols = symbols;
  StackRoot root(call.options.stack_traces);
  const ModuleState state = call.module.state();
  const std::vector<std::string> names = check_names(call, state);
  PointerLock memory;
  ModelRecorder model(state, symbols);
  Recorder& recorder = model.recorder();
  // A graph that is converted is no C++ code of the user's.
  if (strict && !converts(call)) recorder.values().lock_memory(&memory);
  recorder.observe(run.observer);
  ModuleCalls module_calls(state, recorder, call.options.preserve_module_call_signature);
  AssignedFields fields(state);
  const OtherThreads threads(state);
  const auto forward = [&](const Values& args, const Kwargs& kwargs) {
    const Module module = converts(call) ? call.module.converted() : call.module;
    return fields.record(recorder, module(args, kwargs));
  };
  Trace trace;
  try {
    const FakeMode fake(recorder.memory_lock());
    trace = record_forward(recorder, run.constraints ? *run.constraints : input_constraints(call),
                           call.args, call.kwargs, forward);
    describe_nodes(trace, root.take_stacks(), module_calls.scopes(), state);
    finish_trace(trace);
  } catch (const CaptureError&) {
    // Another thread's kernels see the locked memory, too.
    if (strict && !threads.messages().empty()) refuse_in_strict(threads.messages().front());
    throw;
  }
  trace.module_calls = module_calls.take_signatures();
  fields.restore();
  trace.warnings = state_changes(state, call.module.state(), fields.unrecorded(), model);
  add_to(trace.warnings, threads.messages());
  if (strict && !trace.warnings.empty()) refuse_in_strict(trace.warnings.front());
  if (!strict) add_to(trace.warnings, outside_tensors(trace));
  add_to(trace.warnings, module_calls.warnings());
  add_to(trace.warnings, names);
  trace.state = state;
  return trace;
}

Trace record_forward(Recorder& recorder, std::vector<LeafConstraints> constraints,
                     const Values& args, const Kwargs& kwargs, const Module::Forward& forward) {
  const std::shared_ptr<Symbols> symbols = recorder.symbols();
  std::vector<Argument> inputs;
  TracedInputs traced(recorder, symbols, std::move(constraints), inputs);
  Values traced_args;
  Kwargs traced_kwargs;
  for (const Value& arg : args) traced_args.push_back(traced.trace(arg));
  for (const auto& [name, arg] : kwargs) traced_kwargs.emplace_back(name, traced.trace(arg));

  CallObserver* observer = recorder.observer();
  if (observer != nullptr) observer->forward_called(recorder, inputs);
  const Value result = call_forward(forward, recorder, traced_args, traced_kwargs);
  TreeSpec out_spec;
  std::vector<Argument> outputs;
  for (const Value& leaf : tree_flatten(result, &out_spec)) {
    outputs.push_back(output_argument(
        observer != nullptr ? observer->leaf_returned(recorder, leaf) : leaf, recorder));
  }
  Trace trace = recorder.take_trace();
  trace.inputs = std::move(inputs);
  trace.graph.set_outputs(std::move(outputs));
  trace.out_spec = treespec_dumps(out_spec);
  symbols->check_constraints();
  return trace;
}

}  // namespace roundtrip
