#pragma once

#include <roundtrip/callable.h>
#include <roundtrip/graph.h>
#include <roundtrip/value.h>

#include <any>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace roundtrip {

/// A module of a model, as the model's registry has it.
struct Submodule {
  std::string name;  ///< qualified; "" for the root
  std::string type;
  /// The `torch::nn::Module`, by which `roundtrip::call` knows it; of a program's modules
  /// what stands for it; null for others.
  const void* object = nullptr;
};

/// Parameters, buffers and submodules of a model, by qualified name, in
/// registration order. Tensors are the model's own, not copies; a tensor that the
/// model knows under two names is listed under both.
struct ModuleState {
  OrderedMap<at::Tensor> parameters{};
  OrderedMap<at::Tensor> buffers{};
  /// Buffers that Python would register with `persistent=False`.
  std::vector<std::string> non_persistent{};
  /// Tensors that forward uses and that are neither, by the names they get in the
  /// program. Others that come from outside are called `lifted_tensor_0`, ...
  OrderedMap<at::Tensor> constants{};
  /// Every module, the root first. One that is registered twice is listed twice.
  std::vector<Submodule> modules{};
  /// Members of the model's object that hold tensors; see `Module::fields`.
  std::vector<std::pair<std::string, at::Tensor*>> fields{};
  /// What programs of the model say of it as a whole, in their graph module's metadata:
  /// annotations, under the name `custom`, as JSON.
  Metadata metadata{};
};

/// A model as export sees it: a forward function and the state it uses. Cheap to
/// copy; copies share the function and the state.
class Module {
 public:
  using Forward = std::function<Value(const Values& args, const Kwargs& kwargs)>;

  /// Wraps any callable. `Module([](const Tensor& x, int64_t n = 2) { ... })` converts
  /// arguments as `callable.h` says. A parameter that may be missing is a `std::optional` or has
  /// a default value, which holds where no argument after it is given. A callable that takes
  /// `(const Values&, const Kwargs&)` gets them as they are. For models of `torch::nn` there is
  /// `make_module` (`nn.h`).
  template <typename F>
  requires(!std::same_as<std::remove_cvref_t<F>, Module>) explicit Module(F function)
      : Module(std::move(function), {}) {}

  /// The same for a callable that uses parameters and buffers: `state` lists them
  /// each time it is called.
  template <typename F>
  Module(F function, std::function<ModuleState()> state);

  /// Names of forward's parameters, which become the graph's input names, and by
  /// which keyword arguments are matched to parameters. Unnamed ones are `args_0`,
  /// `args_1`, as Python names `*args`. Returns itself for chaining.
  Module& arg_names(std::vector<std::string> names) &;
  Module arg_names(std::vector<std::string> names) && {
    return std::move(arg_names(std::move(names)));
  }
  /// The same for names that `find` gives when they are first asked for. What it throws passes
  /// through to who asks. Copies made before share what it gave.
  Module& arg_names(std::function<std::vector<std::string>()> find) &;
  Module arg_names(std::function<std::vector<std::string>()> find) && {
    return std::move(arg_names(std::move(find)));
  }
  std::vector<std::string> arg_names() const;

  /// Name of the parameter at `position`, given or made up.
  std::string arg_name(std::size_t position) const;

  /// Something that `ExportOptions::convert` captures in forward's place, which does the same
  /// and whose calls depend on no data: a TorchScript model's compiled graph.
  Module& graph_forward(Forward forward) &;
  Module graph_forward(Forward forward) && { return std::move(graph_forward(std::move(forward))); }
  bool has_graph_forward() const { return graph_forward_ != nullptr; }
  /// This module with that as its forward, and no other.
  Module converted() const;

  /// Names the members in which the model's object keeps tensors, as Python knows them by
  /// itself: `module.fields({{"cache", &model->cache}})`. One that is named as a buffer is
  /// the buffer: if forward assigns it anew, the program writes the new value to it when all
  /// else is done. That of any other is a constant, and an assignment is among the program's
  /// warnings. A capture puts back what it assigns. The members live as long as the model.
  Module& fields(std::vector<std::pair<std::string, at::Tensor*>> members) &;
  Module fields(std::vector<std::pair<std::string, at::Tensor*>> members) && {
    return std::move(fields(std::move(members)));
  }

  /// What the module was made of, for those who know what to do with it: `T` is
  /// `ExportedProgram` for a module that `ExportedProgram::module` made. Null for others.
  template <typename T>
  const T* source() const {
    return std::any_cast<T>(&source_);
  }
  Module& source(std::any object) &;
  Module source(std::any object) && { return std::move(source(std::move(object))); }

  /// Calls forward. Throws `InputError` naming the parameter when an argument is
  /// missing, unknown, given twice, or not of the parameter's type.
  Value operator()(const Values& args, const Kwargs& kwargs = {}) const;

  /// Empty for a plain callable.
  ModuleState state() const;

 private:
  const std::vector<std::string>& known_arg_names() const;
  Values bind(const Values& args, const Kwargs& kwargs) const;

  Forward forward_;
  Forward graph_forward_;
  std::function<ModuleState()> state_;
  std::vector<std::pair<std::string, at::Tensor*>> fields_;
  struct ArgNames;
  std::shared_ptr<ArgNames> arg_names_;  ///< null if it has none
  std::any source_;
  /// Of a callable with a signature. Unset for one that takes `(const Values&, const Kwargs&)`.
  std::optional<detail::Parameters> parameters_;
};

template <typename F>
Module::Module(F function, std::function<ModuleState()> state) : state_(std::move(state)) {
  if constexpr (std::is_invocable_r_v<Value, F&, const Values&, const Kwargs&>) {
    forward_ = std::move(function);
  } else if constexpr (detail::HasSignature<F>) {
    using Adapter = detail::CallAdapter<F>;
    parameters_ = Adapter::parameters();
    auto shared = std::make_shared<F>(std::move(function));
    forward_ = [shared](const Values& args, const Kwargs&) { return Adapter::call(*shared, args); };
  } else {
    static_assert(
        detail::kNever<F>,
        "roundtrip::Module is made of a callable with one signature. What is a template "
        "(a lambda with 'auto' parameters) or has overloads goes into a lambda that names "
        "the types: Module([f](const at::Tensor& x) { return f(x); }); a model of "
        "torch::nn into make_module of roundtrip/nn.h");
  }
}

/// Calls the model on copies of the arguments, with random numbers of this seed, and undoes what
/// forward does outside of it: values of parameters, buffers and constants, the random generator
/// and the gradient modes are as before when it returns or throws. The results are copies. The
/// model does what it does when it is exported: `is_exporting()` is true.
Value dry_run(const Module& module, const Values& args, const Kwargs& kwargs = {},
              std::uint64_t seed = 0);

}  // namespace roundtrip
