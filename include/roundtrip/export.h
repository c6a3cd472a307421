#pragma once

#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/exported_program.h>
#include <roundtrip/module.h>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

struct ExportOptions {
  /// Return a program only if it is all that forward does, for all data and sizes it is
  /// exported for; else throw `CaptureError`, saying what, where and what to do. Refused
  /// are: reading a dynamic size as a plain integer, reading memory through pointers,
  /// tensors from outside that are neither parameter, buffer nor listed in
  /// `ModuleState::constants`, assigning to attributes in forward, a `torch::autograd::Function`
  /// (its own gradient is in no program), values of the model in other threads, random numbers
  /// that no operator draws, and whatever makes a second capture, on other data and other sizes,
  /// differ from the first. Takes about twice the time. No other thread may use the model
  /// meanwhile. Unset means false, and lets a transformation choose.
  std::optional<bool> strict{};
  /// Of a module that has its forward as a graph, too, as TorchScript's models do: capture that
  /// graph, in which branches that data decides become `cond`, instead of one run. It needs no
  /// second capture. Unset means what `strict` says; `CaptureError` for a module without a graph.
  std::optional<bool> convert{};
  /// What a dynamic size is worth that forward reads as a plain integer, as
  /// `x.view({x.size(0), -1})` does and much of `torch::nn`. If they are generalised, forward runs
  /// again at other sizes; integers that differ from size to size become expressions of the sizes,
  /// and the program's `warnings` say which, from which lines, and at which sizes it was checked.
  /// A model that calls other operators at other sizes is not generalised. Without, the size
  /// that was read is fixed: an error for a `Dim`, a static dimension for `Dim::AUTO`. Unset means
  /// true, but in strict exports only where every size in the range could be tried.
  std::optional<bool> generalize_sizes{};
  /// Forward runs at most so often to generalise sizes.
  std::int64_t max_generalizing_captures = 128;
  /// Which sizes of the inputs are dynamic, e.g. `{{"x", {{0, Dim("batch")}}}}`; see
  /// `DynamicShapes`. All others are static, and inputs of a run must have them.
  DynamicShapes dynamic_shapes{};
  /// Qualified names of submodules whose calls the program is to describe: what each
  /// call took and gave, in `module_call_graph`, so that `unflatten` gives that submodule
  /// the arguments and results of the model's own. Their `forward` is called by
  /// `roundtrip::call` and takes and gives tensors, plain numbers and strings, and
  /// containers of them. `CaptureError` for a name the model does not have; one that it
  /// does not call so is among the program's warnings.
  std::vector<std::string> preserve_module_call_signature{};
  /// Write into each node's metadata, as `stack_trace`, where the model's C++ code calls
  /// it: files and lines if that code has debug information (-g1 is enough), else names of
  /// functions. Costs some microseconds a node. Errors name their place anyway.
  bool stack_traces = true;
  /// What the model asks of sizes, beyond their ranges and linear relations, is asserted
  /// by the program when it runs, instead of guarding its inputs: `reshape` of dynamic
  /// sizes, say. Python's option of this name.
  bool prefer_deferred_runtime_asserts_over_guards = false;
};

/// All that a call of `export_program` was given: what a transformation sees
/// and may change before passing it on.
struct ExportCall {
  Module module;
  Values args{};
  Kwargs kwargs{};
  ExportOptions options{};
};

/// The call that exports a program again, on these inputs, which are its example inputs: sizes
/// that are dynamic in it may be dynamic again.
ExportCall call_again(const ExportedProgram& program, const ExampleInputs& inputs);

/// What stands behind `export_program` at some place in a chain.
using ExportFn = std::function<ExportedProgram(ExportCall)>;

/// Captures a model run on example inputs as a `TRAINING`-dialect program: the
/// operators it called, before composite ones decompose, with parameters,
/// buffers and constants lifted to inputs. Sizes are static unless `dynamic_shapes` says
/// otherwise. The program shares the tensors with the model, as in Python: running a program
/// that writes to a buffer writes to the model's (`clone` and `save` part them). Example inputs,
/// values of parameters and buffers, the random generator and the gradient mode are as before
/// when it returns or throws; what forward assigns to fields of the model stays assigned,
/// which strict refuses and the program's `warnings` say.
///
/// Exceptions of the model's own pass through. Throws `CaptureError` for what cannot be captured,
/// naming the operator or value; `UnsupportedError` for options not built yet. One capture at a
/// time in a thread.
ExportedProgram export_program(ExportCall call);
ExportedProgram export_program(Module module, Values args, Kwargs kwargs = {},
                               ExportOptions options = {});
/// The same for a model that takes one argument: `export_program(model, torch::randn({3, 4}))`.
template <std::convertible_to<Value> Input>
ExportedProgram export_program(Module module, const Input& input, Kwargs kwargs = {},
                               ExportOptions options = {}) {
  return export_program(std::move(module), Values{Value(input)}, std::move(kwargs),
                        std::move(options));
}

/// True on a thread whose `export_program` or `dry_run` runs a model's forward: Python's
/// `torch.compiler.is_exporting()`.
bool is_exporting();

}  // namespace roundtrip
