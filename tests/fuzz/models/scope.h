#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "random.h"
#include "recipe.h"

namespace roundtrip::fuzz {

/// What is drawn step by step, each on the tensors that there are so far: a model, or a body of
/// control flow in one. A step is drawn again and again until one runs.
class Scope {
 public:
  /// What bodies may not: write to tensors, and, but for those in a model, have bodies.
  enum class Place { model, body, inner_body };

  Scope(Random& random, Place place, std::vector<at::Tensor> values, std::size_t inputs)
      : random_(random), place_(place), values_(std::move(values)), inputs_(inputs) {}

  void add_steps(std::int64_t count);

  /// False, and nothing is added, if the step does not run or gives nothing of use.
  bool add(Step step);

  const std::vector<at::Tensor>& values() const { return values_; }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  void add_step();
  bool add_written_view();
  std::optional<Step> operator_step(const c10::OperatorHandle& op, std::optional<Ref> self);

  Random& random_;
  Place place_;
  std::vector<at::Tensor> values_;
  std::size_t inputs_;
  std::vector<Step> steps_;
};

/// A call of control flow on some of the values. Nothing if these do not fit.
std::optional<Step> draw_control_flow(Random& random, const std::vector<at::Tensor>& values,
                                      Scope::Place place);

}  // namespace roundtrip::fuzz
