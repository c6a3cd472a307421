#include <c10/util/Type.h>
#include <roundtrip/nn.h>

namespace roundtrip {

/// A module on the stack cannot be asked for itself.
ModuleState state_of(const torch::nn::Module& model) {
  ModuleState state;
  for (const auto& entry : model.named_parameters()) {
    state.parameters.insert(entry.key(), entry.value());
  }
  for (const auto& entry : model.named_buffers()) state.buffers.insert(entry.key(), entry.value());
  state.modules.push_back({"", model.name(), &model});
  for (const auto& entry : model.named_modules("", /*include_self=*/false)) {
    state.modules.push_back({entry.key(), entry.value()->name(), entry.value().get()});
  }
  return state;
}

namespace detail {

namespace {

using torch::nn::AnyModule;
using torch::nn::AnyValue;

AnyValue any_value(const Value& value) {
  if (value.is_none()) return AnyValue(at::Tensor());
  if (value.is_tensor()) return AnyValue(value.tensor());
  if (value.is_bool()) return AnyValue(value.to_bool());
  if (value.is_int()) return AnyValue(value.to_int());
  if (value.is_double()) return AnyValue(value.to_double());
  if (value.is_string()) return AnyValue(value.string());
  throw UnsupportedError("a layer whose type is not known cannot take a " + value.type_name() +
                         ": give make_module the layer itself, or a lambda that calls it");
}

template <std::size_t... I>
AnyValue call_with(AnyModule& layer, std::vector<AnyValue>& args, std::index_sequence<I...>) {
  return layer.any_forward(std::move(args[I])...);
}

template <std::size_t Count = 0>
AnyValue call_with_all(AnyModule& layer, std::vector<AnyValue>& args) {
  if (args.size() == Count) return call_with(layer, args, std::make_index_sequence<Count>());
  if constexpr (Count < 8) return call_with_all<Count + 1>(layer, args);
  throw UnsupportedError("a layer whose type is not known takes 8 arguments at most");
}

template <typename... Ts>
std::optional<Value> value_of_one(AnyValue& any) {
  std::optional<Value> value;
  const auto take = [&]<typename T>(std::type_identity<T>) {
    if (T* held = any.try_get<T>()) value = Convert<T>::to_value(std::move(*held));
  };
  (take(std::type_identity<Ts>()), ...);
  return value;
}

}  // namespace

AnyValue call_any(AnyModule& layer, const Values& args) {
  std::vector<AnyValue> values;
  for (const Value& arg : args) values.push_back(any_value(arg));
  return call_with_all(layer, values);
}

Value value_of_any(AnyValue result) {
  using at::Tensor;
  const auto value =
      value_of_one<Tensor, std::tuple<Tensor, Tensor>, std::tuple<Tensor, Tensor, Tensor>,
                   std::tuple<Tensor, std::tuple<Tensor, Tensor>>, std::pair<Tensor, Tensor>,
                   std::vector<Tensor>, bool, std::int64_t, double, std::string>(result);
  if (value) return *value;
  throw UnsupportedError("a layer returns a " + c10::demangle(result.type_info().name()) +
                         ", which becomes no value of a program where its type is not known: give "
                         "make_module a lambda that calls the layers");
}

void refuse_keywords(const Kwargs& kwargs) {
  if (kwargs.empty()) return;
  throw InputError("forward() got an unexpected keyword argument '" + kwargs.front().first +
                   "': the parameters of layers whose types are not known have no names");
}

}  // namespace detail

Module make_module(torch::nn::AnyModule layer) {
  const std::shared_ptr<torch::nn::Module> object = layer.ptr();
  const auto forward = [layer = std::move(layer)](const Values& args,
                                                  const Kwargs& kwargs) mutable {
    detail::refuse_keywords(kwargs);
    return detail::value_of_any(detail::call_any(layer, args));
  };
  return Module(forward, [object] { return state_of(*object); });
}

}  // namespace roundtrip
