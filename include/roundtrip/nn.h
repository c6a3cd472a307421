#pragma once

#include <roundtrip/module.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <concepts>
#include <functional>
#include <memory>
#include <utility>

/// `torch::nn` models as Modules. The only header of the API that includes
/// torch/nn, which takes seconds to parse.

namespace roundtrip {

/// The model's parameters, buffers and submodules as its registry has them.
ModuleState state_of(const torch::nn::Module& model);

/// Wraps a model whose forward is `function`: a lambda over the model, for
/// models whose own `forward` is a template, overloaded, or has default arguments.
template <std::derived_from<torch::nn::Module> M, typename F>
Module make_module(std::shared_ptr<M> model, F function) {
  return Module(std::move(function), [model] { return state_of(*model); });
}

namespace detail {

template <typename M, typename F, typename R, typename... Args>
Module bind_forward(std::shared_ptr<M> model, F forward, R (*)(Args...)) {
  return make_module(model, [model, forward](Args... args) -> R {
    return std::invoke(forward, *model, std::forward<Args>(args)...);
  });
}

}  // namespace detail

/// Wraps a model with one `forward`: `make_module(std::make_shared<MyModel>())`.
template <std::derived_from<torch::nn::Module> M>
Module make_module(std::shared_ptr<M> model) {
  using Signature = detail::SignatureOf<decltype(&M::forward)>;
  return detail::bind_forward(std::move(model), &M::forward, static_cast<Signature*>(nullptr));
}

/// The same for a module holder: `make_module(torch::nn::Linear(3, 4))`.
template <typename Impl>
Module make_module(const torch::nn::ModuleHolder<Impl>& holder) {
  return make_module(holder.ptr());
}
template <typename Impl, typename F>
Module make_module(const torch::nn::ModuleHolder<Impl>& holder, F function) {
  return make_module(holder.ptr(), std::move(function));
}

}  // namespace roundtrip
