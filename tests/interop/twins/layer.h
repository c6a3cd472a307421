#pragma once

#include <roundtrip/nn.h>
#include <torch/torch.h>

#include "tests/interop/twins/twin.h"

/// Tables of `torch::nn` layers: one line for a layer.

namespace roundtrip {

/// Names of forward's parameters where none are given.
inline std::vector<std::string> usual_names(std::size_t count) {
  if (count == 1) return {"input"};
  return {"input", "target"};
}

template <typename Holder, std::size_t... I>
TwinModel layer_model(Holder holder, std::vector<std::string> names, std::index_sequence<I...>) {
  const auto forward = [holder](const Values& args, const Kwargs&) mutable {
    auto result = holder->forward(args[I].tensor()...);
    return Convert<decltype(result)>::to_value(std::move(result));
  };
  const std::shared_ptr<torch::nn::Module> layer = holder.ptr();
  return TwinModel{make_module(layer, Module::Forward(forward)).arg_names(std::move(names)), layer};
}

/// A layer whose forward takes as many tensors as there are inputs.
template <typename Holder, typename Make, std::size_t N>
Twin layer_made_by(std::string name, Make make, const Input (&inputs)[N],
                   std::vector<std::string> names) {
  if (names.empty()) names = usual_names(N);
  return {
      std::move(name),
      [make, names] { return layer_model<Holder>(make(), names, std::make_index_sequence<N>()); },
      {inputs, inputs + N}};
}

template <typename Holder, std::size_t N>
Twin layer(std::string name, const Input (&inputs)[N], std::vector<std::string> names = {}) {
  return layer_made_by<Holder>(
      std::move(name), [] { return Holder(); }, inputs, std::move(names));
}

template <typename Holder, typename Options, std::size_t N>
Twin layer(std::string name, Options options, const Input (&inputs)[N],
           std::vector<std::string> names = {}) {
  return layer_made_by<Holder>(
      std::move(name), [options] { return Holder(options); }, inputs, std::move(names));
}

/// The same in evaluation mode.
template <typename Holder, typename Options, std::size_t N>
Twin eval_layer(std::string name, Options options, const Input (&inputs)[N],
                std::vector<std::string> names = {}) {
  const auto make = [options] {
    Holder holder(options);
    holder->eval();
    return holder;
  };
  return layer_made_by<Holder>(std::move(name), make, inputs, std::move(names));
}

}  // namespace roundtrip
