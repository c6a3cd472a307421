#pragma once

#include <roundtrip/callable.h>
#include <roundtrip/value.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace torch::nn {
class Module;
}

namespace roundtrip {
namespace detail {

/// The time in which a layer's forward runs. During a capture, nodes recorded on this
/// thread while it lives belong to that layer. Does nothing outside of a capture, for
/// a layer that is no submodule of the captured model, and in branches of control flow.
class ModuleCall {
 public:
  explicit ModuleCall(const torch::nn::Module& layer)
      : ModuleCall(static_cast<const void*>(&layer)) {}
  /// Of a layer by its `Submodule::object`.
  explicit ModuleCall(const void* layer);
  /// The layer under this name, seen from the one that calls. Throws `CaptureError` for a
  /// submodule that does not have the name.
  ModuleCall(const torch::nn::Module& layer, const std::string& name);
  /// The child of a container that stands at this place.
  ModuleCall(const torch::nn::Module& layer, std::size_t index);
  ~ModuleCall();
  ModuleCall(const ModuleCall&) = delete;
  ModuleCall& operator=(const ModuleCall&) = delete;

  /// True if `ExportOptions::preserve_module_call_signature` names the layer: then it
  /// wants to know what the call takes and gives.
  bool keeps_signature() const;
  void take(const Values& args, const Kwargs& kwargs = {});
  void give(const Value& result);
  /// Throws `UnsupportedError`: a type of the call's has no `Convert`.
  [[noreturn]] void refuse_types() const;

 private:
  void enter(const std::string& name);

  struct State;
  std::unique_ptr<State> state_;
};

/// What a value of the type is, or what a view of it looks at.
template <typename T>
using Owned = typename StorageOf<std::decay_t<T>>::type;
template <typename T>
concept HasValue = ToValue<Owned<T>>;
template <HasValue T>
Value value_of(const T& value) {
  return Convert<Owned<T>>::to_value(Owned<T>(value));
}

/// A container of layers that calls one after another, as `torch::nn::Sequential`.
template <typename M>
concept CallsChildren = requires(M& container) {
  container.begin()->any_forward(std::declval<at::Tensor>());
};

template <typename Layer>
auto& module_of(Layer& layer) {
  if constexpr (requires { *layer.ptr(); }) {
    return *layer.ptr();
  } else if constexpr (requires { *layer; }) {
    return *layer;
  } else {
    return layer;
  }
}

template <typename... Args>
void take_arguments(ModuleCall& scope, const Args&... args) {
  if constexpr ((HasValue<Args> && ...)) {
    scope.take({value_of<std::decay_t<Args>>(args)...});
  } else {
    scope.refuse_types();
  }
}

template <typename M, typename... Args>
decltype(auto) call_within(ModuleCall& scope, M& module, Args&&... args) {
  using Result = decltype(module.forward(std::forward<Args>(args)...));
  if constexpr (std::is_void_v<Result>) {
    if (scope.keeps_signature()) take_arguments(scope, args...);
    module.forward(std::forward<Args>(args)...);
    if (scope.keeps_signature()) scope.give({});
  } else {
    if (scope.keeps_signature()) take_arguments(scope, args...);
    Result result = module.forward(std::forward<Args>(args)...);
    if (scope.keeps_signature()) {
      if constexpr (HasValue<Result>) {
        scope.give(value_of<std::decay_t<Result>>(result));
      } else {
        scope.refuse_types();
      }
    }
    return static_cast<Result>(result);
  }
}

/// The same for a container, whose own forward would not let its children be seen.
template <CallsChildren M, typename... Args>
at::Tensor call_within(ModuleCall& scope, M& container, Args&&... args) {
  if (container.begin() == container.end()) return container.forward(std::forward<Args>(args)...);
  if (scope.keeps_signature()) take_arguments(scope, args...);
  std::optional<at::Tensor> flowing;
  std::size_t index = 0;
  const auto call_child = [&index](auto& child, auto&&... inputs) -> at::Tensor {
    const auto layer = child.ptr();
    ModuleCall child_scope(*layer, index++);
    if (child_scope.keeps_signature()) take_arguments(child_scope, inputs...);
    at::Tensor result = child.forward(std::forward<decltype(inputs)>(inputs)...);
    if (child_scope.keeps_signature()) child_scope.give(result);
    return result;
  };
  for (auto& child : container) {
    flowing = flowing ? call_child(child, *flowing) : call_child(child, args...);
  }
  if (scope.keeps_signature()) scope.give(*flowing);
  return *flowing;
}

}  // namespace detail

/// Calls a layer's `forward` inside of a model's, in place of `layer->forward(args...)`
/// or `layer(args...)`, and returns what it returns. `layer` is a module holder, a
/// `std::shared_ptr` or a pointer to a module, or a module.
///
/// C++ modules have no hooks by which a capture could see them called. What is called
/// by this function keeps its place in the model: in the program, the layer's nodes have
/// the path of submodules in `nn_module_stack`, which `unflatten` builds modules of, here
/// and in Python. A layer that is registered under two names goes by the one below the
/// layer that calls it, or else by the first; `call_as` says which. `torch::nn::Sequential`
/// has its children seen as well; tensors flow from one to the next.
///
/// Outside of `export_program`, and on other threads, it only calls. Exceptions of the
/// layer's pass through.
template <typename Layer, typename... Args>
decltype(auto) call(Layer&& layer, Args&&... args) {
  auto& module = detail::module_of(layer);
  detail::ModuleCall scope(module);
  return detail::call_within(scope, module, std::forward<Args>(args)...);
}

/// The same for a layer that is registered under several names: it is called under this
/// one, `layers.2`, say, seen from the layer that calls. Python knows by the attribute that
/// was read. Throws `CaptureError` during a capture if a submodule of the model does not have
/// the name there.
template <typename Layer, typename... Args>
decltype(auto) call_as(const std::string& name, Layer&& layer, Args&&... args) {
  auto& module = detail::module_of(layer);
  detail::ModuleCall scope(module, name);
  return detail::call_within(scope, module, std::forward<Args>(args)...);
}

}  // namespace roundtrip
