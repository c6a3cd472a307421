#pragma once

#include <roundtrip/export.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torch::nn {
class Module;
}

namespace roundtrip {

/// One size of an example input. A dynamic one is larger by `step` in each further
/// example than in the one before.
struct Axis {
  Axis(std::int64_t size) : size(size) {}
  Axis(Dim dim, std::int64_t size, std::int64_t step = 1)
      : size(size), step(step), dim(std::move(dim)) {}

  std::int64_t size;
  std::int64_t step = 0;
  std::optional<Dim> dim = std::nullopt;  ///< absent: static
};

/// `Dim("batch")`: one size for all inputs.
Axis batch(std::int64_t size);
/// `Dim::DYNAMIC`.
Axis dynamic(std::int64_t size, std::int64_t step = 1);
/// `Dim(name)`.
Axis named(const std::string& name, std::int64_t size, std::int64_t step = 1);

/// Describes an example input, from which values of several sizes are drawn.
class Input {
 public:
  using Fill = std::function<at::Tensor(at::IntArrayRef sizes)>;

  Input(Value constant) : constant_(std::move(constant)) {}
  Input(at::Tensor constant) : constant_(std::move(constant)) {}
  Input(std::vector<Axis> axes, Fill fill) : axes_(std::move(axes)), fill_(std::move(fill)) {}
  static Input tuple(std::vector<Input> items);
  static Input list(std::vector<Input> items);
  static Input dict(std::vector<std::pair<std::string, Input>> items);

  /// A fresh value. `growth` is how many steps its dynamic sizes are past the first.
  Value value(std::int64_t growth) const;
  ShapeSpec spec() const;
  /// `Dim::AUTO` for every size of a tensor that is drawn.
  ShapeSpec automatic_spec() const;
  /// The spec for Python: for a tensor a list of None, of `"DYNAMIC"` and of names.
  Value described_spec() const;
  /// The same where every size is `"AUTO"`.
  Value described_automatic_spec() const;

 private:
  ShapeSpec spec_of_items(ShapeSpec (Input::*spec)() const) const;

  Value constant_;            ///< of a container its type and keys
  std::vector<Input> items_;  ///< of a container
  std::vector<Axis> axes_;
  Fill fill_;  ///< of a tensor with `axes_`
};

Input normal(std::vector<Axis> axes);
/// Between 0 and 1.
Input uniform(std::vector<Axis> axes);
/// From 0 to `end` - 1.
Input integers(std::int64_t end, std::vector<Axis> axes);
/// -1 and 1, as floats.
Input signs(std::vector<Axis> axes);

/// A model, and what knows whether it is in training. Null of a function.
struct TwinModel {
  TwinModel(Module module, std::shared_ptr<torch::nn::Module> layer = nullptr)
      : module(std::move(module)), layer(std::move(layer)) {}

  Module module;
  std::shared_ptr<torch::nn::Module> layer;
};

/// A C++ model that has a twin of the same name in Python (`twins/*.py`).
struct Twin {
  std::string name;
  std::function<TwinModel()> make;  ///< the model anew, with its first weights
  std::vector<Input> args;
  std::vector<std::pair<std::string, Input>> kwargs = {};

  bool is_dynamic() const;
  /// The call of `export_program` for static sizes, its inputs `growth` steps grown.
  ExportCall static_call(std::int64_t growth = 0) const;
  ExportCall dynamic_call() const;
  ExportCall automatic_call() const;
  /// Of a layer: the same twin with the model in training, or not.
  Twin in_mode(bool training) const;
  /// By input name, as Python's `dynamic_shapes` is given.
  Value described_shapes() const;
  Value described_automatic_shapes() const;

 private:
  ExportCall call_with(ShapeSpec (Input::*spec)() const) const;
  Value described_by(Value (Input::*spec)() const) const;
};
using Twins = std::vector<Twin>;

Twins activation_twins();
Twins normalization_twins();
Twins convolution_twins();
Twins pooling_twins();
Twins loss_twins();
Twins sequence_twins();
Twins function_twins();
Twins size_twins();
Twins model_twins();
Twins vision_twins();

/// All of them, with different names.
Twins all_twins();

}  // namespace roundtrip
