#include <ATen/native/TypeProperties.h>

#include "export/shapes/arithmetic.h"
#include "export/shapes/rules.h"

namespace roundtrip::shapes {
namespace {

/// A tensor of sizes [0], which `cat` has always left out whatever the others' rank is.
bool is_left_out(const at::Tensor& tensor) {
  return tensor.dim() == 1 && tensor.sym_size(0).maybe_as_int() == 0;
}

std::vector<at::Tensor> joined_tensors(const Call& call) {
  std::vector<at::Tensor> kept;
  for (const at::Tensor& tensor : call.tensors("tensors")) {
    if (!is_left_out(tensor)) kept.push_back(tensor);
  }
  return kept;
}

Shapes cat(const Call& call) {
  const auto tensors = joined_tensors(call);
  if (tensors.empty()) return {of_sizes({0})};
  Sizes sizes = sizes_of(tensors[0]);
  const std::size_t dim = wrap_dim(call.integer("dim"), sizes.size());
  for (std::size_t t = 1; t < tensors.size(); ++t) {
    const auto other = tensors[t].sym_sizes();
    TORCH_CHECK(other.size() == sizes.size(), "cat of tensors of other ranks");
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (i != dim) check_equal(other[i], sizes[i], "the other dimensions of cat");
    }
    sizes[dim] = sizes[dim] + other[dim];
  }
  return {of_sizes(std::move(sizes), at::native::result_type(tensors))};
}

Shapes stack(const Call& call) {
  const auto tensors = call.tensors("tensors");
  Sizes sizes = sizes_of(tensors.at(0));
  for (std::size_t t = 1; t < tensors.size(); ++t) {
    const auto other = tensors[t].sym_sizes();
    TORCH_CHECK(other.size() == sizes.size(), "stack of tensors of other ranks");
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      check_equal(other[i], sizes[i], "the dimensions of stack");
    }
  }
  const std::size_t dim = wrap_dim(call.integer("dim"), sizes.size() + 1);
  sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(dim),
               static_cast<std::int64_t>(tensors.size()));
  return {of_sizes(std::move(sizes), at::native::result_type(tensors))};
}

constexpr NamedRule kRules[] = {
    {"cat", cat},
    {"concat", cat},
    {"concatenate", cat},
    {"stack", stack},
};

}  // namespace

RuleTable joining_rules() {
  return kRules;
}

}  // namespace roundtrip::shapes
