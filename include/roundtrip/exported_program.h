#pragma once

#include <roundtrip/interface.h>
#include <roundtrip/program.h>
#include <roundtrip/value.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roundtrip {

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

  /// What `run` takes and returns: each tensor, number or constant, in the order of the program's
  /// leaves. Throw `ProgramError` for a program that does not say how they are nested.
  std::vector<ProgramInput> inputs() const;
  std::vector<ProgramOutput> outputs() const;

  /// The program's own tensors, by qualified name, in the order of its signature. Throw
  /// `UnsupportedError` naming one that is a pickled object.
  OrderedMap<at::Tensor> named_parameters() const;
  OrderedMap<at::Tensor> named_buffers() const;
  /// Parameters and persistent buffers, Python's `state_dict`: what `load_state_dict` takes.
  OrderedMap<at::Tensor> state_dict() const;

  /// Gives parameters and buffers the values of `state`: from another program's `state_dict`, or
  /// from a file that Python's `torch.save` wrote,
  /// `Convert<OrderedMap<at::Tensor>>::from_value(torch_load(bytes))`. The program has tensors of
  /// its own afterwards; those that it shared with a model stay as they are.
  ///
  /// `InputError` names all that does not fit, and the program is as it was: names that are
  /// missing and unexpected (unless not `strict`; then they are returned), other sizes and, unlike
  /// Python, another dtype, and different values for names that share memory. A program on the
  /// meta device is moved to another one before (`to`).
  StateDictNames load_state_dict(const OrderedMap<at::Tensor>& state, bool strict = true);

  /// The program on another device: weights, devices that the graph names and those of its
  /// values, as Python's `move_to_device_pass` moves them; example inputs are those of the CPU, if
  /// they can be read. Tensors that need not move are shared. Programs run on the CPU; one that is
  /// moved elsewhere is shown, checked and saved, for Python to run it there, and keeps its
  /// elements here. On the meta device it has none, and one that comes from there runs with zeros
  /// until `load_state_dict`.
  ExportedProgram to(c10::Device device) const;
  /// The program with other floating point numbers: parameters, buffers and inputs that are of any
  /// floating type get this one, and the program is exported again, so that what is computed is
  /// what its operators give for such tensors. Tensors that are neither parameter nor buffer stay,
  /// as in `torch::nn::Module::to`.
  ///
  /// Throws `UnsupportedError` where that might not be the model in that type: the graph names a
  /// floating type itself (`x.to(at::kFloat)`, an `Autocast`), weights are complex or overlap, the
  /// dialect is `ATEN`; what `export_program` throws. Not in the runtime's library.
  ExportedProgram to(c10::ScalarType dtype) const;
  ExportedProgram to(c10::Device device, c10::ScalarType dtype) const {
    return to(dtype).to(device);
  }

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
  /// Has `change` edit the program, and validates what it made of it. Where either throws, the
  /// program is as it was before; the exception passes through. The program is compiled anew at
  /// its next run.
  void edit(const std::function<void(Program&)>& change);

  /// A deep copy: graph, tensors and warnings. Tensors that share memory have copies that do;
  /// example inputs and other bytes, which nobody writes to, are shared.
  ExportedProgram clone() const;

 private:
  struct State;
  explicit ExportedProgram(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace roundtrip
