#pragma once

#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>
#include <roundtrip/value.h>

#include <algorithm>
#include <cstdint>
#include <vector>

/// Control flow that runs and is not recorded, on flat lists of what a model (`Value`) or a
/// program (`IValue`) has for tensors and numbers.
namespace roundtrip::plain {

inline bool is_none(const Value& value) {
  return value.is_none();
}
inline bool is_none(const c10::IValue& value) {
  return value.isNone();
}

inline bool is_tensor(const Value& value) {
  return value.is_tensor();
}
inline bool is_tensor(const c10::IValue& value) {
  return value.isTensor();
}

inline const at::Tensor& tensor_of(const Value& value) {
  return value.tensor();
}
inline const at::Tensor& tensor_of(const c10::IValue& value) {
  return value.toTensor();
}

/// Python's `bool(value)` of a tensor or number.
inline bool truth(const Value& value) {
  if (value.is_tensor()) return value.tensor().item().toBool();
  return value.is_bool() ? value.to_bool() : value.to_double() != 0;
}
inline bool truth(const c10::IValue& value) {
  return (value.isTensor() ? value.toTensor().item() : value.toScalar()).toBool();
}

/// `carried = body(carried)` as long as `condition(carried)`. The results of a loop without an
/// iteration do not alias its operands.
template <typename V, typename Condition, typename Body>
std::vector<V> while_loop(std::vector<V> carried, Condition condition, Body body) {
  bool iterated = false;
  while (truth(condition(carried))) {
    carried = body(carried);
    iterated = true;
  }
  if (iterated) return carried;
  for (V& value : carried) {
    if (is_tensor(value)) value = tensor_of(value).clone();
  }
  return carried;
}

/// The size of dimension 0 that all tensors have, at least 1.
template <typename V>
std::int64_t leading_size(const std::vector<V>& tensors) {
  TORCH_CHECK(!tensors.empty(), "there is no tensor to walk along");
  const std::int64_t size = tensor_of(tensors.front()).size(0);
  for (const V& tensor : tensors) {
    TORCH_CHECK(tensor_of(tensor).size(0) == size,
                "Leaves of xs must have same leading dimension size ", size, ", but one has ",
                tensor_of(tensor).size(0));
  }
  TORCH_CHECK(size > 0, "the tensors to walk along have no slices");
  return size;
}

/// One tensor for each result: that of every iteration, stacked along dimension 0. A result that
/// is None in every iteration stays None.
template <typename V>
std::vector<V> stack_results(const std::vector<std::vector<V>>& iterations) {
  std::vector<V> stacked;
  for (std::size_t result = 0; result < iterations.front().size(); ++result) {
    std::vector<at::Tensor> tensors;
    std::size_t missing = 0;
    for (const auto& results : iterations) {
      if (is_tensor(results.at(result))) tensors.push_back(tensor_of(results[result]));
      if (is_none(results[result])) ++missing;
    }
    TORCH_CHECK(std::max(tensors.size(), missing) == iterations.size(), "Cannot stack result ",
                result, ": it is no tensor in some iterations");
    stacked.push_back(tensors.empty() ? V() : V(at::stack(tensors)));
  }
  return stacked;
}

/// `body(slices)` for each slice of the tensors along dimension 0, in order; its results are
/// stacked. A scan is a map whose body keeps what it carries.
template <typename V, typename Body>
std::vector<V> map(const std::vector<V>& tensors, Body body) {
  std::vector<std::vector<V>> iterations;
  for (std::int64_t i = 0, size = leading_size(tensors); i < size; ++i) {
    std::vector<V> slices;
    for (const V& tensor : tensors) slices.emplace_back(tensor_of(tensor).select(0, i));
    iterations.push_back(body(std::move(slices)));
  }
  return stack_results(iterations);
}

}  // namespace roundtrip::plain
