#include "export/capture/inputs/input_constraints.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "export/capture/inputs/spec_checks.h"
#include "export/capture/inputs/spec_text.h"
#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {
namespace {

using Kind = SizeConstraint::Kind;

SizeConstraint::Kind constraint_kind(Dim::Kind kind) {
  switch (kind) {
    case Dim::Kind::fixed:
      return Kind::fixed;
    case Dim::Kind::automatic:
      return Kind::automatic;
    case Dim::Kind::dynamic:
      return Kind::dynamic;
    case Dim::Kind::named:
      return Kind::named;
    case Dim::Kind::derived:
      return Kind::derived;
  }
  return Kind::fixed;
}

SizeConstraint to_constraint(const Dim& dim) {
  SizeConstraint constraint;
  constraint.kind = constraint_kind(dim.kind());
  constraint.name = dim.name();
  constraint.min = dim.min();
  constraint.max = dim.max();
  if (dim.kind() == Dim::Kind::derived) {
    constraint.root = dim.root().name();
    constraint.factor = dim.factor();
    constraint.offset = dim.offset();
    constraint.root_min = dim.root().min();
    constraint.root_max = dim.root().max();
  }
  return constraint;
}

/// Python's `{0: 4}`: the input must have that size. Bounds of `Dim::STATIC` are no size.
void require_fixed_size(const Dim& dim, std::int64_t size, const std::string& source) {
  if (dim.kind() != Dim::Kind::fixed || !dim.min() || dim.min() != dim.max()) return;
  if (*dim.min() == size) return;
  throw CaptureError(c10::str("Static shape constraint of ", *dim.min(),
                              " does not match input size of ", size, ", for ", source));
}

/// Turns leaves into constraints in the order of forward's parameters.
class Translator {
 public:
  LeafConstraints translate(const SpecLeaf& leaf) {
    const Value& value = *leaf.value;
    if (value.is_tensor()) return tensor(leaf);
    LeafConstraints result{leaf.source, {}};
    if (value.is_int()) {
      const Dim* dim = leaf.spec.get<Dim>();
      if (dim) require_fixed_size(*dim, value.to_int(), leaf.source);
      result.sizes.push_back(dim ? to_constraint(*dim) : SizeConstraint{});
    } else if (value.is_double() || value.is_bool()) {
      result.sizes.emplace_back();
    }
    return result;
  }

 private:
  LeafConstraints tensor(const SpecLeaf& leaf) {
    const at::Tensor& tensor = leaf.value->tensor();
    const auto [first, added] = sources_.emplace(tensor.unsafeGetTensorImpl(), leaf.source);
    LeafConstraints result{first->second, {}};
    result.sizes.resize(static_cast<std::size_t>(tensor.dim()));
    for (const DimSpec& spec : dims_of(leaf.spec)) {
      if (!spec.dim) continue;
      const std::int64_t size = tensor.sizes()[spec.index];
      require_fixed_size(*spec.dim, size, c10::str(first->second, ".size()[", spec.index, "]"));
      require_root(*spec.dim, size, spec.index);
      result.sizes[spec.index] = to_constraint(*spec.dim);
    }
    return result;
  }

  /// The first time that only a derived dimension speaks of its root, the root's value
  /// must follow from the size.
  void require_root(const Dim& dim, std::int64_t size, std::size_t index) {
    if (dim.kind() == Dim::Kind::named) roots_.insert(dim.name());
    if (dim.kind() != Dim::Kind::derived) return;
    if (!roots_.insert(dim.root().name()).second) return;
    const auto multiple = python::subtract(size, dim.offset());
    if (multiple && *multiple % dim.factor() == 0) return;
    throw CaptureError(c10::str("Expected shape[", index, "] = ", size,
                                " of input Tensor to be of the form ", dim.name(), ", where ",
                                dim.root().name(), " is an integer"));
  }

  std::unordered_map<const c10::TensorImpl*, std::string> sources_;
  std::set<std::string> roots_;
};

bool is_explicit(const SizeConstraint& constraint) {
  return constraint.kind == Kind::named || constraint.kind == Kind::derived;
}

/// A tensor given twice has one size: what was asked by name anywhere holds
/// everywhere, of the rest what was asked last.
void merge_same_tensors(std::vector<LeafConstraints>& all) {
  std::unordered_map<std::string, std::vector<SizeConstraint>> merged;
  for (const LeafConstraints& leaf : all) {
    const auto [known, added] = merged.emplace(leaf.source, leaf.sizes);
    if (added) continue;
    for (std::size_t i = 0; i < leaf.sizes.size(); ++i) {
      if (is_explicit(leaf.sizes[i]) || !is_explicit(known->second[i])) {
        known->second[i] = leaf.sizes[i];
      }
    }
  }
  for (LeafConstraints& leaf : all) leaf.sizes = merged[leaf.source];
}

}  // namespace

std::vector<LeafConstraints> input_constraints(const ExportCall& call) {
  const auto arguments = combine_arguments(call.module, call.args, call.kwargs);
  const auto leaves = match_leaves(arguments, call.options.dynamic_shapes);
  check_specs(leaves);
  Translator translator;
  std::vector<std::vector<LeafConstraints>> by_argument(arguments.size());
  for (const SpecLeaf& leaf : leaves) {
    by_argument[leaf.argument].push_back(translator.translate(leaf));
  }
  std::vector<LeafConstraints> all;
  for (auto& argument : by_argument) {
    std::move(argument.begin(), argument.end(), std::back_inserter(all));
  }
  merge_same_tensors(all);
  return all;
}

}  // namespace roundtrip
