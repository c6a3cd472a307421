#pragma once

#include <roundtrip/error.h>
#include <roundtrip/module.h>
#include <roundtrip/module_call.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

/// `torch::nn` models as Modules. The only header of the API that includes
/// torch/nn, which takes seconds to parse.

namespace roundtrip {

/// The model's parameters, buffers and submodules as its registry has them.
ModuleState state_of(const torch::nn::Module& model);

namespace detail {

// -- the model, however it is given --

template <typename T>
concept IsHolder = std::is_base_of_v<torch::detail::ModuleHolderIndicator, T>;

template <std::derived_from<torch::nn::Module> M>
std::shared_ptr<M> shared_model(std::shared_ptr<M> model) {
  if (model == nullptr) throw Error("make_module: there is no model, the pointer is null");
  return model;
}
template <std::derived_from<torch::nn::Module> M>
std::shared_ptr<M> shared_model(std::unique_ptr<M> model) {
  return shared_model(std::shared_ptr<M>(std::move(model)));
}
template <IsHolder Holder>
auto shared_model(const Holder& holder) {
  return holder.ptr();
}
/// Not owned: it has no owner to ask for.
template <std::derived_from<torch::nn::Module> M>
std::shared_ptr<M> shared_model(M& model) {
  return std::shared_ptr<M>(std::shared_ptr<void>(), &model);
}
template <std::derived_from<torch::nn::Module> M>
requires std::move_constructible<M> std::shared_ptr<M> shared_model(M&& model) {
  return std::make_shared<M>(std::move(model));
}

template <typename T>
concept TorchModel = requires(T&& model) {
  shared_model(std::forward<T>(model));
};

// -- its forward, or another method --

template <typename M>
concept HasOneForward = requires {
  typename SignatureOf<decltype(&M::forward)>;
};

/// Calls `forward` by its name, so that its default values are known.
template <HasOneForward M>
struct ForwardOf {
  using Signature = SignatureOf<decltype(&M::forward)>;

  template <typename... Args>
  requires requires(M& model, Args&&... args) { model.forward(std::forward<Args>(args)...); }
  decltype(auto) operator()(Args&&... args) const {
    return model->forward(std::forward<Args>(args)...);
  }

  std::shared_ptr<M> model;
};

template <typename M, typename Method>
struct MethodOf {
  using Signature = SignatureOf<Method>;

  template <typename... Args>
  requires std::invocable<Method, M&, Args...>
  decltype(auto) operator()(Args&&... args) const {
    return std::invoke(method, *model, std::forward<Args>(args)...);
  }

  std::shared_ptr<M> model;
  Method method;
};

// -- layers whose types are not known --

/// Throws `UnsupportedError` for arguments that `AnyModule` cannot be given: it takes them of the
/// very types of its layer's forward.
torch::nn::AnyValue call_any(torch::nn::AnyModule& layer, const Values& args);
/// Throws `UnsupportedError` for a type that it does not know.
Value value_of_any(torch::nn::AnyValue result);

/// The layers one after another, each within a call of its own.
template <typename Layers>
Value call_layers(Layers& layers, const Values& args) {
  std::optional<torch::nn::AnyValue> flowing;
  std::size_t index = 0;
  for (torch::nn::AnyModule& layer : layers) {
    const auto object = layer.ptr();
    ModuleCall scope(*object, index++);
    if (scope.keeps_signature()) scope.take(flowing ? Values{value_of_any(*flowing)} : args);
    flowing = flowing ? layer.any_forward(std::move(*flowing)) : call_any(layer, args);
    if (scope.keeps_signature()) scope.give(value_of_any(*flowing));
  }
  if (!flowing) throw Error("make_module: a Sequential without layers has no forward");
  return value_of_any(std::move(*flowing));
}

/// No keyword reaches a model whose parameters have no names.
void refuse_keywords(const Kwargs& kwargs);

template <typename M>
Module::Forward forward_of_layers(std::shared_ptr<M> layers) {
  return [layers](const Values& args, const Kwargs& kwargs) {
    refuse_keywords(kwargs);
    return call_layers(*layers, args);
  };
}

template <typename M>
auto forward_of(std::shared_ptr<M> model) {
  if constexpr (HasOneForward<M>) {
    return ForwardOf<M>{std::move(model)};
  } else if constexpr (std::derived_from<M, torch::nn::SequentialImpl>) {
    return forward_of_layers(std::move(model));
  } else {
    static_assert(kNever<M>,
                  "make_module cannot tell which forward of the model is meant: it is a template, "
                  "overloaded, not public or not there. Say it by a lambda: make_module(model, "
                  "[model](const at::Tensor& x) { return model->forward(x); }), or by another "
                  "method: make_module(model, &Net::encode)");
    return Module::Forward();
  }
}

}  // namespace detail

/// Wraps a model, to be called by its one `forward`. `model` is
///
/// - a `std::shared_ptr` or a module holder, `torch::nn::Linear(3, 4)`: ownership is shared;
/// - a `std::unique_ptr` or a module that is moved here: the Module owns it, and its copies do;
/// - a module that has another owner, on the stack, say: it must live as long as the Module and
///   its copies. Programs that are exported from it need its tensors alone, which they share.
///
/// A `forward` may be `noexcept`, and may have default values: `callable.h` says what its
/// parameters and results may be. `torch::nn::Sequential` takes what its first layer does; its
/// layers are known to the program as if `roundtrip::call` called them. Throws `Error` for a null
/// pointer, `c10::Error` for an empty holder.
template <detail::TorchModel Model>
Module make_module(Model&& model) {
  auto shared = detail::shared_model(std::forward<Model>(model));
  return Module(detail::forward_of(shared), [shared] { return state_of(*shared); });
}

/// Wraps a model whose forward is `function`: another of its methods, `&Net::encode`, or a lambda
/// over the model, for a `forward` that is a template or overloaded. Default values of a method
/// that is given so are not known.
template <detail::TorchModel Model, typename F>
Module make_module(Model&& model, F function) {
  auto shared = detail::shared_model(std::forward<Model>(model));
  using M = typename decltype(shared)::element_type;
  const auto state = [shared] { return state_of(*shared); };
  if constexpr (std::is_member_function_pointer_v<F>) {
    return Module(detail::MethodOf<M, F>{shared, function}, state);
  } else {
    return Module(std::move(function), state);
  }
}

/// Wraps a layer whose type is not known. It takes tensors, `std::int64_t`, `double`, `bool` and
/// `std::string` where its forward has just these types; else it is an error of LibTorch's. Throws
/// `c10::Error` for an empty one.
Module make_module(torch::nn::AnyModule layer);

}  // namespace roundtrip
