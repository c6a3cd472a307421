#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include <cstdint>

#include "export/torchscript/graphs/frame.h"

namespace roundtrip {

/// A loop between two iterations.
struct LoopState {
  std::int64_t iterations = 0;  ///< how many were made
  c10::IValue trips;            ///< how many at most
  c10::IValue condition;        ///< whether to make another one
  jit::Stack carried;
};

/// Runs graphs of TorchScript node by node: constants, lists and tuples, branches and loops.
/// What their numbers are beside plain ones, and what operators do with those, is up to the
/// derived class.
class GraphRunner {
 public:
  virtual ~GraphRunner() = default;

  /// Runs the block's nodes in order, and returns what it gives.
  jit::Stack run(const jit::Block& block, ScriptFrame& frame);
  /// Runs one node: reads its inputs from the frame and sets its outputs.
  virtual void run(const jit::Node& node, ScriptFrame& frame);

  /// A list, dict or object that a node has made.
  virtual void add_own(const c10::IValue& /*container*/) {}

 protected:
  /// A node of a kind that this class does not run itself.
  virtual void run_operator(const jit::Node& node, ScriptFrame& frame) = 0;
  /// Of a loop that is followed, from 0 on: throws if it is one too many.
  virtual void start_iteration(std::int64_t index) = 0;
  /// Runs an `if`, or the rest of a loop, whose condition is no number that is known now.
  /// Returns false if it is.
  virtual bool run_undecided_if(const jit::Node& /*node*/, ScriptFrame& /*frame*/) { return false; }
  virtual bool run_undecided_loop(const jit::Node& /*node*/, LoopState& /*state*/,
                                  ScriptFrame& /*frame*/) {
    return false;
  }

 private:
  void run_constant(const jit::Node& node, ScriptFrame& frame);
  void run_uninitialized(const jit::Node& node, ScriptFrame& frame);
  void run_identity(const jit::Node& node, ScriptFrame& frame);
  void run_list(const jit::Node& node, ScriptFrame& frame);
  void run_list_unpack(const jit::Node& node, ScriptFrame& frame);
  void run_tuple(const jit::Node& node, ScriptFrame& frame);
  void run_tuple_unpack(const jit::Node& node, ScriptFrame& frame);
  void run_tuple_slice(const jit::Node& node, ScriptFrame& frame);
  void run_if(const jit::Node& node, ScriptFrame& frame);
  void run_loop(const jit::Node& node, ScriptFrame& frame);
};

/// Calls the node's operator as TorchScript does: arguments on the stack, results in their place.
void call_operator(const jit::Node& node, jit::Stack& stack);

}  // namespace roundtrip
