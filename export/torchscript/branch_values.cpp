#include "export/torchscript/branch_values.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>

#include <optional>

#include "export/symbolic/expr/algebra.h"
#include "export/torchscript/data_numbers.h"
#include "export/tracing/sym_node.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {

Forest::Forest(const jit::Stack& values, at::ArrayRef<const jit::Value*> declared) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    trees_.push_back(tree_of(values[i], *declared[i]->type()));
  }
}

jit::Stack Forest::values() const {
  jit::Stack values;
  for (const Tree& tree : trees_) values.push_back(value_of(tree));
  return values;
}

void Forest::visit(Forest& other, const std::function<void(Tree&, Tree&)>& visit) {
  for (std::size_t i = 0; i < trees_.size(); ++i) {
    visit_leaves(trees_[i], other.trees_.at(i), "a branch or loop gives", visit);
  }
}

std::vector<at::Tensor> Forest::tensors() {
  std::vector<at::Tensor> tensors;
  visit(*this, [&](Tree& leaf, Tree&) {
    if (leaf.kind == Tree::Kind::missing) {
      throw UnsupportedError(
          "a loop of which data decides how long it runs gives a value that has none before it "
          "(by a return from within the loop, say): give it a value before the loop");
    }
    const at::Tensor tensor =
        leaf.kind == Tree::Kind::number ? number_tensor(leaf.value) : leaf.value.toTensor();
    tensors.push_back(tensor.is_contiguous() ? tensor : tensor.contiguous());
  });
  return tensors;
}

void Forest::fill(const Values& tensors) {
  std::size_t next = 0;
  visit(*this, [&](Tree& leaf, Tree&) { leaf.value = tensors.at(next++).tensor(); });
}

NewTensors::NewTensors(const ScriptFrame& frame, const Memory& model) : taken_(model) {
  for (const auto& entry : frame) taken_.add(entry.second);
}

at::Tensor NewTensors::make(const at::Tensor& tensor) {
  const bool fresh = as_traced(tensor) != nullptr && !taken_.holds(tensor);
  const at::Tensor result = fresh ? tensor : tensor.clone();
  taken_.add(result);
  return result;
}

namespace {

/// The first by name that has the dimension, for the same graph each time.
std::optional<c10::SymInt> find_size(const ScriptFrame& frame, const Expr& size) {
  std::optional<c10::SymInt> found;
  std::string owner;
  for (const auto& entry : frame) {
    const auto* tensor = entry.second.isTensor() ? as_traced(entry.second.toTensor()) : nullptr;
    if (tensor == nullptr || !tensor->layout()) continue;
    if (found && owner <= tensor->value()->name()) continue;
    for (const c10::SymInt& own : tensor->layout()->sizes) {
      if (!same(expr_of(own), size)) continue;
      found = own;
      owner = tensor->value()->name();
    }
  }
  return found;
}

}  // namespace

at::Tensor filler(const Tree& other, const ScriptFrame& frame) {
  if (!other.value.isTensor()) return number_tensor(other.value);
  const at::Tensor& like = other.value.toTensor();
  std::vector<c10::SymInt> sizes = sizes_of(like);
  for (c10::SymInt& size : sizes) {
    if (!size.maybe_as_int()) {
      size = find_size(frame, expr_of(size)).value_or(value_in_this_run(size));
    }
  }
  return at::zeros_symint(sizes, at::TensorOptions(like.scalar_type()).device(like.device()));
}

}  // namespace roundtrip
