#pragma once

#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/exported_program.h>
#include <roundtrip/module.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace roundtrip {

struct ExportOptions {
  /// Capture twice, on fresh copies and other data of the same shapes, and
  /// demand the same graph. Unset means false, and lets a transformation choose.
  std::optional<bool> strict{};
  /// Which sizes are dynamic, e.g. `{{"x", {{0, Dim("batch")}}}}`.
  DynamicShapes dynamic_shapes{};
  /// Qualified names of submodules whose calls the program is to describe: what each
  /// call took and gave, in `module_call_graph`, so that `unflatten` gives that submodule
  /// the arguments and results of the model's own. Their `forward` is called by
  /// `roundtrip::call` and takes and gives tensors, plain numbers and strings, and
  /// containers of them. `CaptureError` for a name the model does not have; one that it
  /// does not call so is among the program's warnings.
  std::vector<std::string> preserve_module_call_signature{};
  /// What the model asks of sizes, beyond their ranges and linear relations, is asserted
  /// by the program when it runs, instead of guarding its inputs: `reshape` of dynamic
  /// sizes, say. Python's option of this name.
  bool prefer_deferred_runtime_asserts_over_guards = false;
};

/// All that a call of `export_program` was given: what a transformation sees
/// and may change before passing it on.
struct ExportCall {
  Module module;
  Values args;
  Kwargs kwargs;
  ExportOptions options;
};

/// What stands behind `export_program` at some place in a chain.
using ExportFn = std::function<ExportedProgram(ExportCall)>;

/// Captures a model run on example inputs as a `TRAINING`-dialect program: the
/// operators it called, before composite ones decompose, with parameters,
/// buffers and constants lifted to inputs. Sizes are static unless `dynamic_shapes` says
/// otherwise. The program shares the tensors with the model, as in Python: running a program that
/// writes to a buffer writes to the model's (`clone` and `save` part them). Example inputs, values
/// of parameters and buffers, the random generator and the gradient mode are as before when it
/// returns or throws.
///
/// Exceptions of the model's own pass through. Throws `CaptureError` for what cannot be captured,
/// naming the operator or value; `UnsupportedError` for options not built yet. One capture at a
/// time in a thread.
ExportedProgram export_program(ExportCall call);
ExportedProgram export_program(Module module, Values args, Kwargs kwargs = {},
                               ExportOptions options = {});

}  // namespace roundtrip
