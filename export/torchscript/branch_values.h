#pragma once

#include <roundtrip/value.h>
#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include <vector>

#include "export/torchscript/graphs/frame.h"
#include "export/torchscript/leaves.h"

namespace roundtrip {

/// Several values of a graph as trees.
class Forest {
 public:
  Forest() = default;
  /// `declared` tells the values' types.
  Forest(const jit::Stack& values, at::ArrayRef<const jit::Value*> declared);

  std::vector<Tree>& trees() { return trees_; }
  jit::Stack values() const;

  /// The leaves that pass through the program; throws as `visit_leaves` does.
  void visit(Forest& other, const std::function<void(Tree& left, Tree& right)>& visit);
  /// Those that are tensors or numbers, as tensors that lie in memory in order.
  std::vector<at::Tensor> tensors();
  /// Puts the results of an operator in the place of the leaves.
  void fill(const Values& tensors);

 private:
  std::vector<Tree> trees_;
};

/// Makes what a branch or body returns: new tensors, each with memory of its own.
class NewTensors {
 public:
  /// Both hold tensors from outside of it.
  NewTensors(const ScriptFrame& frame, const Memory& model);

  void add_taken(const at::Tensor& tensor) { taken_.add(tensor); }
  at::Tensor make(const at::Tensor& tensor);

 private:
  Memory taken_;
};

/// For a leaf that only the other branch gives a value to, and that nobody will read: a
/// tensor of zeros of the same type and, where `frame` has a tensor of those, sizes.
at::Tensor filler(const Tree& other, const ScriptFrame& frame);

}  // namespace roundtrip
