#pragma once

#include <roundtrip/graph.h>
#include <roundtrip/value.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roundtrip {

/// Bytes that are carried and never interpreted: a pickled object, a pickled
/// tuple of example inputs. A view that keeps its owner (the mapped file) alive.
struct RawBytes {
  std::string_view view;
  std::shared_ptr<const void> owner;
};

/// One entry of the program's weights or constants.
struct Payload {
  /// The tensor, or the bytes of a script object, opaque object or pickled
  /// tensor subclass, which are carried through and never unpickled.
  std::variant<at::Tensor, RawBytes> data;
  bool is_param = false;
  /// For bytes only: the record's kind, `weight_`, `tensor_`, `custom_obj_` or
  /// `opaque_obj_`, and the meta the file had for it.
  std::string raw_prefix;
  std::optional<TensorMeta> raw_meta;
  /// Where the file says that the tensor lies, if not on the CPU, where its elements are here all
  /// the same (one on the meta device has none). It is shown, checked and saved so; a program
  /// that has one is not run: put in a tensor of the CPU and reset this.
  std::optional<c10::Device> device = {};
};

/// Which operators a program may call. By default those of `aten` and `prims` that exports
/// contain: functional and in-place ones. Kernels that are called from inside of LibTorch only
/// trust their arguments, and some crash on wrong ones, so these need leave: operators that write
/// to an `out` argument, `_foreach_` operators, and `_backward` operators unless the program's
/// outputs are a loss or gradients. Operators that read or write files are refused, whatever is
/// allowed. It is a fence, no sandbox: a program that is not trusted should run in a process of
/// its own with limits, as `pt2 eval` runs it.
struct AllowedOperators {
  /// All that the process knows: for programs whose author is trusted.
  bool all = false;
  /// Namespaces that the user trusts (`torchvision`, say), with all of their operators.
  std::vector<std::string> namespaces = {};
  /// Operators beyond those, by full name: `aten::add.out`, `torchvision::nms`.
  std::vector<std::string> operators = {};
};

/// Everything an ExportedProgram consists of: plain data, owned by value.
/// Tensors are shared as `at::Tensor` shares them.
struct Program {
  GraphModule graph_module;
  OrderedMap<std::int64_t> opset_version;
  OrderedMap<RangeConstraint> range_constraints;
  SchemaVersion schema_version;
  std::vector<std::string> verifiers;  ///< the dialect: `TRAINING`, `ATEN`
  std::string torch_version;
  std::vector<std::string> guards_code;

  /// Parameters and persistent buffers, by qualified name.
  OrderedMap<Payload> weights;
  /// Tensor constants, non-persistent buffers and objects, by name.
  OrderedMap<Payload> constants;
  /// The record `data/sample_inputs/model.pt`: a `torch.save` of
  /// `(args, kwargs)`, or empty when the program has no example inputs.
  RawBytes example_inputs;
  /// Files a user stored beside the program, by name, without `extra/`.
  OrderedMap<RawBytes> extra_files;
  /// What its author should know: a dynamic size that was read as a plain integer, say.
  /// Sentences, filled by `export_program` and `load`; not part of the file.
  std::vector<std::string> warnings;
  /// What it may call when it runs: all, if this process captured it; what `LoadOptions` said,
  /// if it was loaded. Not part of the file; transformations hand it on.
  AllowedOperators allowed;
};

/// The positional and keyword inputs a program was exported with.
struct ExampleInputs {
  Values args;
  Kwargs kwargs;
};

class DecompositionTable;
class Module;

/// A program captured by `export_program` or loaded by `load`: C++'s
/// `torch.export.ExportedProgram`. A handle: copies refer to the same program,
/// as copies of `at::Tensor` refer to the same data; `clone` makes another.
///
/// Threads: `run` may be called from several threads at once as long as the
/// program mutates no buffer; everything else from one thread at a time.
class ExportedProgram {
 public:
  explicit ExportedProgram(Program program);

  /// A program that `read` gives, once, when it is first looked at; one that is only handed on is
  /// never read. What `read` throws passes through to whoever looks, and another look tries again.
  static ExportedProgram deferred(std::function<Program()> read);

  /// Whether both are handles of one program.
  bool is_same(const ExportedProgram& other) const { return state_ == other.state_; }
  /// How often the program was handed out for editing, by any of its handles.
  std::size_t version() const;

  /// Runs the program on inputs shaped as it was exported for and returns its
  /// outputs in their pytree shape. Buffer mutations reach `program()`'s
  /// tensors; autograd flows through. Keyword arguments may come in any order.
  ///
  /// Throws `InputError` naming the input and what was expected of it,
  /// `ExecutionError` naming the node that failed, and `UnsupportedError` for a
  /// program this version can carry but not run. The program is compiled into a
  /// flat plan at the first call.
  Value run(const Values& args, const Kwargs& kwargs = {}) const;

  /// Checks the program against the rules of its dialect, as Python's verifier
  /// does: every value is defined once, before its use, and described in the
  /// graph's tables; operators exist and get arguments of their schemas; a program
  /// of the dialect `ATEN` calls functional operators only; signature, graph and
  /// weights agree. Throws `VerificationError` naming node and value at the first
  /// rule it breaks. `export_program` has done so with what it returns.
  void validate() const;

  /// The program as a model: a callable with its parameters, buffers and constants
  /// under their names, which it shares with the program. Calling it is `run`; exporting
  /// it again gives the same graph. `Module::source<ExportedProgram>()` is the program.
  Module module() const;

  /// The same program in the dialect `ATEN`, the program's own tensors shared: no
  /// operator writes to a tensor (buffers, parameters and inputs that change become
  /// results, which the signature tells apart), composite operators are replaced by what
  /// they consist of, others by the table's rules, as Python's `run_decompositions` does;
  /// regions of gradient and autocast modes are dissolved; graphs of control flow are
  /// treated alike. Sizes stay dynamic, by the symbols that they have. Runs the program on
  /// its example inputs or, if it has none that can be read, on inputs made of what its graph says
  /// of them. Operators must be allowed by `Program::allowed`, for they run. Throws
  /// `CaptureError` if the graph does not say enough or a dynamic size would become fixed,
  /// `UnsupportedError` naming an operator it cannot make functional.
  ExportedProgram run_decompositions() const;
  ExportedProgram run_decompositions(const DecompositionTable& table) const;

  /// The program as text, exactly as Python prints an ExportedProgram.
  std::string str() const;

  /// The example inputs, tensors and plain containers only; nothing if the
  /// program has none. Throws `UnsupportedError` when they hold objects of other
  /// classes, which are never unpickled.
  std::optional<ExampleInputs> example_inputs() const;
  /// Replaces them. Throws `InputError` for inputs of another structure than the program
  /// takes: their number, their keywords, how they are nested; `UnsupportedError` for
  /// values that are never written. Tensors may have any sizes and types, as in Python.
  void set_example_inputs(const ExampleInputs& inputs);

  const Program& program() const;
  /// For editing; drops the compiled plan. Do not keep the reference across `run`.
  Program& mutable_program();

  /// A deep copy: graph, tensors and warnings. Tensors that share memory have copies that do;
  /// example inputs and other bytes, which nobody writes to, are shared.
  ExportedProgram clone() const;

 private:
  struct State;
  explicit ExportedProgram(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace roundtrip
