#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <functional>
#include <unordered_set>
#include <vector>

namespace roundtrip {

/// A copy of a tree of tuples, lists and dicts with every tensor replaced.
c10::IValue map_leaf_tensors(const c10::IValue& tree,
                             const std::function<at::Tensor(const at::Tensor&)>& replace);

/// The memory of some tensors.
class Memory {
 public:
  /// Adds that of every tensor in `tree`.
  void add(const c10::IValue& tree);
  /// Whether `tensor` shares it.
  bool holds(const at::Tensor& tensor) const;

 private:
  std::unordered_set<const c10::StorageImpl*> storages_;
};

/// What the branches of an `if` give, or a loop carries from iteration to iteration: a tree of
/// tuples, lists and dicts whose leaves are tensors, numbers and others (None, text,
/// objects). Tensors and numbers pass through the program; all else must not change.
struct Tree {
  enum class Kind { tensor, number, missing, container, other };
  Kind kind = Kind::other;
  c10::IValue value;
  std::vector<Tree> items;  ///< of a container

  bool passes_through() const { return kind < Kind::container; }
};

/// `type` tells a number that data decides from a tensor.
Tree tree_of(const c10::IValue& value, const c10::Type& type);

/// The value that a tree stands for, with its leaves as they are now.
c10::IValue value_of(const Tree& tree);

/// Calls `visit` for each number in the tree.
void visit_numbers(Tree& tree, const std::function<void(c10::IValue& number)>& visit);

/// Calls `visit` for each pair of leaves of two trees, in order. Throws
/// `UnsupportedError` beginning with `what` if the trees differ in structure.
void visit_leaves(Tree& left, Tree& right, const std::string& what,
                  const std::function<void(Tree& left, Tree& right)>& visit);

/// The value's type, a symbol's as that of a plain number. LibTorch's `IValue::type` would
/// read the sizes of tensors.
c10::TypePtr type_of(const c10::IValue& value);

}  // namespace roundtrip
