#pragma once

#include <roundtrip/graph.h>
#include <roundtrip/value.h>

#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace roundtrip {

/// How a C++ type becomes a Value and back: tensors, numbers, bool, string,
/// `std::optional`, `std::vector` (a list), `std::tuple` and `std::pair` (a
/// tuple), Value itself. Specialise for types of your own.
template <typename T>
struct Convert;

/// Parameters, buffers and submodules of a model, by qualified name, in
/// registration order. Tensors are the model's own, not copies.
struct ModuleState {
  OrderedMap<at::Tensor> parameters;
  OrderedMap<at::Tensor> buffers;
  /// Buffers that Python would register with `persistent=False`.
  std::vector<std::string> non_persistent;
  /// Qualified name and type name of every submodule, the root first with "".
  std::vector<std::pair<std::string, std::string>> modules;
};

/// A model as export sees it: a forward function and the state it uses. Cheap to
/// copy; copies share the function and the state.
class Module {
 public:
  using Forward = std::function<Value(const Values& args, const Kwargs& kwargs)>;

  /// Wraps any callable. `Module([](const Tensor& x, int64_t n) { ... })` converts
  /// positional arguments by `Convert`; a trailing parameter that may be missing
  /// is a `std::optional`. A callable that takes `(const Values&, const Kwargs&)`
  /// gets them as they are.
  template <typename F>
    requires(!std::same_as<std::remove_cvref_t<F>, Module>)
  explicit Module(F function);

  Module(Forward forward, std::function<ModuleState()> state);

  /// Names of forward's parameters, which become the graph's input names, and by
  /// which keyword arguments are matched to parameters. Unnamed ones are `args_0`,
  /// `args_1`, as Python names `*args`. Returns itself for chaining.
  Module& arg_names(std::vector<std::string> names);
  const std::vector<std::string>& arg_names() const { return arg_names_; }

  Value operator()(const Values& args, const Kwargs& kwargs = {}) const;

  /// Empty for a plain callable.
  ModuleState state() const;

 private:
  Forward forward_;
  std::function<ModuleState()> state_;
  std::vector<std::string> arg_names_;
};

}  // namespace roundtrip
