#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "export/torchscript/attributes.h"
#include "export/torchscript/graphs/graph_runner.h"
#include "export/torchscript/known_tensors.h"
#include "export/torchscript/leaves.h"

namespace roundtrip {

/// Converts a TorchScript model by walking through its graph while a program is being
/// captured: operators on tensors reach the capture's recorder, what is known without
/// data (sizes, lists, attributes) is computed on the way, branches and loops that are
/// known are followed, those that data decides become `cond` and `while_loop`. For one
/// call of forward.
class Evaluator final : public GraphRunner {
 public:
  explicit Evaluator(const jit::Module& model);

  /// Calls the model's method and does what remains to be done at its end.
  c10::IValue convert(jit::Function& method, jit::Stack arguments);

  /// Calls a function or method of the model.
  c10::IValue call(jit::Function& function, jit::Stack arguments);

  using GraphRunner::run;
  void run(const jit::Node& node, ScriptFrame& frame) override;

  /// While it lives, what is run is part of a branch or body that data decides, which
  /// must leave lists and objects from outside of it alone.
  class DataRegion {
   public:
    explicit DataRegion(Evaluator& evaluator) : evaluator_(evaluator) {
      evaluator_.own_containers_.emplace_back();
    }
    ~DataRegion() { evaluator_.own_containers_.pop_back(); }
    DataRegion(const DataRegion&) = delete;
    DataRegion& operator=(const DataRegion&) = delete;

   private:
    Evaluator& evaluator_;
  };
  /// Throws `UnsupportedError` if `container` may not be changed here.
  void require_own(const c10::IValue& container) const;
  void add_own(const c10::IValue& container) override;

  Attributes attributes;
  KnownTensors known;
  /// Of parameters, buffers and other tensors of the model.
  Memory model_memory;

 protected:
  /// An operator of tensors, of numbers, of lists.
  void run_operator(const jit::Node& node, ScriptFrame& frame) override;
  /// Throws `UnsupportedError` if there are so many iterations that no program could hold them.
  void start_iteration(std::int64_t index) override;
  bool run_undecided_if(const jit::Node& node, ScriptFrame& frame) override;
  bool run_undecided_loop(const jit::Node& node, LoopState& state, ScriptFrame& frame) override;

 private:
  void dispatch(const jit::Node& node, ScriptFrame& frame);

  std::int64_t iterations_ = 0;
  std::vector<std::unordered_set<const void*>> own_containers_;
  /// Of the calls that are under way, as nodes' metadata have it.
  std::string module_stack_;
  std::string function_;
};

/// Runs one node: reads its inputs from the frame and sets its outputs.
using NodeHandler = void (*)(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame);

/// Of nodes that deal with objects and calls; null for those of other kinds.
NodeHandler structure_handler(c10::Symbol kind);

}  // namespace roundtrip
