#include "effects.h"

#include <ATen/ATen.h>

namespace roundtrip::fuzz {
namespace {

std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& outputs,
                                     const std::vector<at::Tensor>& sources) {
  at::Tensor loss;
  for (const at::Tensor& output : outputs) {
    if (!output.requires_grad()) continue;
    const at::Tensor sum = at::real(output).to(at::kDouble).sum();
    loss = loss.defined() ? loss + sum : sum;
  }
  std::vector<at::Tensor> gradients;
  if (!loss.defined()) return gradients;
  loss.backward();
  for (const at::Tensor& source : sources) {
    const at::Tensor gradient = source.is_leaf() ? source.grad() : at::Tensor();
    gradients.push_back(gradient.defined() ? gradient.to_dense() : gradient);
  }
  return gradients;
}

std::string shape_text(const at::Tensor& tensor, bool strides) {
  std::string text = c10::str(tensor.scalar_type(), tensor.sizes());
  if (strides) text += c10::str(" by ", tensor.strides());
  return text;
}

/// LibTorch rounds numbers of half precision after each step or only once, by the number of them.
bool nearly_equal(const at::Tensor& ours, const at::Tensor& model) {
  const bool half = model.scalar_type() == at::kHalf || model.scalar_type() == at::kBFloat16;
  if (!half) return roundtrip::allclose(Value(ours), Value(model));
  return at::allclose(ours.to(at::kFloat), model.to(at::kFloat), 3e-2, 1e-2, /*equal_nan=*/true);
}

std::string compare(const char* what, const std::vector<at::Tensor>& ours,
                    const std::vector<at::Tensor>& model, bool strides) {
  if (ours.size() != model.size()) {
    return c10::str(what, ": ", ours.size(), " instead of ", model.size());
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i].defined() != model[i].defined()) {
      return c10::str(what, " ", i, ": ", model[i].defined() ? "missing" : "too much");
    }
    if (!ours[i].defined()) continue;
    const std::string left = shape_text(ours[i], strides), right = shape_text(model[i], strides);
    if (left != right) return c10::str(what, " ", i, ": ", left, " instead of ", right);
    if (!nearly_equal(ours[i].detach(), model[i].detach())) {
      return c10::str(what, " ", i, ": other values");
    }
  }
  return "";
}

}  // namespace

std::vector<at::Tensor> copies(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> result;
  for (const at::Tensor& tensor : tensors) result.push_back(tensor.detach().clone());
  return result;
}

Effects effects_of(const Module& module, const std::vector<at::Tensor>& inputs,
                   const std::vector<at::Tensor>& state, bool with_gradients) {
  Effects effects;
  effects.inputs = copies(inputs);
  Values args;
  for (at::Tensor& input : effects.inputs) {
    if (with_gradients && input.is_floating_point()) input.set_requires_grad(true);
    args.emplace_back(input);
  }
  const Value result = module(args);
  for (const Value& item : result.container().items) {
    effects.outputs.push_back(item.is_tensor() ? item.tensor()
                                               : at::scalar_tensor(item.to_int(), at::kLong));
  }
  if (with_gradients) {
    std::vector<at::Tensor> sources = effects.inputs;
    sources.insert(sources.end(), state.begin(), state.end());
    effects.gradients = gradients_of(effects.outputs, sources);
  }
  effects.state = copies(state);
  return effects;
}

std::string difference(const Effects& ours, const Effects& model, bool strides) {
  for (const std::string& found : {compare("result", ours.outputs, model.outputs, strides),
                                   compare("input after the run", ours.inputs, model.inputs, false),
                                   compare("state", ours.state, model.state, false),
                                   compare("gradient", ours.gradients, model.gradients, false)}) {
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace roundtrip::fuzz
