#pragma once

#include <roundtrip/module.h>

#include <string>
#include <vector>

namespace roundtrip::fuzz {

/// What one run of a model or program gave and left behind. Numbers among the results are
/// tensors here.
struct Effects {
  std::vector<at::Tensor> outputs;
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> state;
  std::vector<at::Tensor> gradients;
};

std::vector<at::Tensor> copies(const std::vector<at::Tensor>& tensors);

/// Calls `module`, whose parameters and buffers are `state`, on copies of the inputs. Gradients are
/// those of the sum of all results that have one, with respect to inputs and parameters.
Effects effects_of(const Module& module, const std::vector<at::Tensor>& inputs,
                   const std::vector<at::Tensor>& state, bool with_gradients);

/// How these are not the model's effects; empty if they are the same. Strides of results count
/// where `strides` says so.
std::string difference(const Effects& ours, const Effects& model, bool strides);

}  // namespace roundtrip::fuzz
