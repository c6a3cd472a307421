#include <ATen/native/TypeProperties.h>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

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

/// As many rows as the longest sequence has.
Shapes pad_sequence(const Call& call) {
  const auto sequences = call.tensors("sequences");
  const Sizes first = sizes_of(sequences.at(0));
  c10::SymInt length = first.at(0);
  for (std::size_t t = 1; t < sequences.size(); ++t) {
    const auto other = sequences[t].sym_sizes();
    TORCH_CHECK(other.size() == first.size(), "pad_sequence of tensors of other ranks");
    for (std::size_t i = 1; i < first.size(); ++i) {
      check_equal(other[i], first[i], "the other dimensions of pad_sequence");
    }
    length = length.max(other[0]);
  }
  Sizes sizes{length, static_cast<std::int64_t>(sequences.size())};
  if (call.flag("batch_first")) std::swap(sizes[0], sizes[1]);
  sizes.insert(sizes.end(), first.begin() + 1, first.end());
  return {of_sizes(std::move(sizes))};
}

/// Matrices along a diagonal; a vector is a row, a number a matrix of one.
Shapes block_diagonal(const Call& call) {
  c10::SymInt rows = 0, columns = 0;
  const auto tensors = call.tensors("tensors");
  for (const at::Tensor& tensor : tensors) {
    const auto sizes = tensor.sym_sizes();
    rows = rows + (sizes.size() == 2 ? sizes[0] : c10::SymInt(1));
    columns = columns + (sizes.empty() ? c10::SymInt(1) : sizes.back());
  }
  return {of_sizes({rows, columns}, at::native::result_type(tensors))};
}

constexpr NamedRule kJoiningRules[] = {
    {"cat", cat},         {"concat", cat},
    {"concatenate", cat}, {"pad_sequence", pad_sequence},
    {"stack", stack},     {"block_diag", block_diagonal},
};

}  // namespace

RuleTable joining_rules() {
  return kJoiningRules;
}

}  // namespace roundtrip::shapes
