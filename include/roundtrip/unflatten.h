#pragma once

#include <roundtrip/exported_program.h>
#include <roundtrip/graph.h>
#include <roundtrip/module.h>
#include <roundtrip/value.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

struct ModuleNode;

/// A program as a tree of modules again, or one module of that tree: C++'s
/// `torch.export.UnflattenedModule`. It has the model's parameters, buffers and
/// submodules under their names, and a graph for every submodule that was called,
/// whose calls of other submodules are nodes.
///
/// A handle: copies refer to the same module, and `submodule` to a part of the same
/// tree. Parameters and buffers are copies of the program's; those that the program
/// shares between names are shared. Buffers that the program writes to are written to.
///
/// A submodule that is called several times, differently, is there once for each call:
/// `layer`, `layer@1`; they share parameters, buffers and submodules. One whose call
/// signature was preserved on export is there once, and takes the calls in turn.
///
/// Threads: may be called from several threads at once as long as the program mutates
/// no buffer; everything else from one thread at a time.
class UnflattenedModule {
 public:
  explicit UnflattenedModule(std::shared_ptr<ModuleNode> node);

  /// Runs the module. The whole program takes and returns what `ExportedProgram::run`
  /// does, and checks its inputs like that. A submodule whose call signature was
  /// preserved takes and returns what the model's submodule did. Any other takes the
  /// values of its graph that are not its state, in the graph's order, and returns the
  /// graph's outputs: one as it is, several as a list.
  ///
  /// Throws `InputError` for other inputs than that, `ExecutionError` naming the node
  /// that failed, and `UnsupportedError` for what this version cannot run and for a
  /// module without a graph, which was not called.
  Value operator()(const Values& args, const Kwargs& kwargs = {}) const;

  /// The module as a model, to be exported again: a callable that has its parameters,
  /// buffers and constants and those of the modules below.
  Module module() const;

  /// Parameters and buffers of this module and those below, by name from here. A tensor
  /// with several names is listed under its first.
  OrderedMap<at::Tensor> named_parameters() const;
  OrderedMap<at::Tensor> named_buffers() const;
  /// Tensors that forward held, which are neither.
  OrderedMap<at::Tensor> named_constants() const;

  /// This module, under the name "", and all below it, by name from here, parents first.
  /// One that stands under two names is listed twice.
  std::vector<std::pair<std::string, UnflattenedModule>> named_modules() const;

  /// The module `name` from here, `layers.0`, say. Throws `Error` if there is none.
  UnflattenedModule submodule(const std::string& name) const;

  /// Puts a callable in the place of the module `name`; from now on it is called with
  /// what that module is called with (see `operator()`) and must return as much. Throws
  /// `Error` if there is no such module. Nodes of other modules, and other calls of the
  /// same one (`layer@1`), stay.
  void set_submodule(const std::string& name, Module replacement);

  /// The type of the module in the original model; empty if it was not called.
  const std::string& type_name() const;

  /// The module's graph, or null if it was not called or was replaced. Inputs are what it
  /// is called with, then its state. Nodes whose target is `call_module` call the
  /// submodule that their first argument names. For a module with several calls in turn,
  /// the graph of the first.
  const Graph* graph() const;

  /// The tree, as Python prints it.
  std::string str() const;
  /// The module's graph as `torch.fx` prints one; empty without a graph.
  std::string graph_text() const;

 private:
  std::shared_ptr<ModuleNode> node_;
};

/// Makes a tree of modules of a program, by the paths that its nodes have in
/// `nn_module_stack`: the inverse of what export did to the model. The program stays as
/// it is; the modules may call what the program may.
///
/// Throws `UnsupportedError` for a program that returns gradients, a node whose module is
/// not known or is not below the one that calls it, and programs that cannot be run;
/// `ProgramError` for one that contradicts itself.
UnflattenedModule unflatten(const ExportedProgram& program);

}  // namespace roundtrip
