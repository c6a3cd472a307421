#pragma once

#include <roundtrip/value.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace roundtrip {

class Module;

/// How one dimension of an input, or a number that is an input, may vary:
/// `torch.export.Dim` of Python, by whose rules and messages it goes. A small
/// value, immutable.
class Dim {
 public:
  enum class Kind {
    fixed,      ///< one size: the example input's, or the one given
    automatic,  ///< dynamic if the model allows it, otherwise static
    dynamic,    ///< dynamic, and an error if the model allows only one size
    named,      ///< dynamic; all dimensions of one name have one size
    derived,    ///< a linear function of a named dimension, such as `2*dx + 1`
  };

  static const Dim AUTO;
  static const Dim DYNAMIC;
  static const Dim STATIC;

  /// One size, Python's plain int in a spec. The example input must have it.
  Dim(std::int64_t size) : kind_(Kind::fixed), min_(size), max_(size) {}

  /// A dynamic size between `min` and `max`, both inclusive; absent means no bound.
  /// Throws `CaptureError` for a name that is no identifier and unless `min < max`.
  explicit Dim(std::string name, std::optional<std::int64_t> min = std::nullopt,
               std::optional<std::int64_t> max = std::nullopt);

  /// `Dim::AUTO(2, 100)`: the same with bounds. Throws `CaptureError` for named and
  /// derived dimensions, for a second set of bounds, and for bounds that are negative
  /// or contradict each other.
  Dim operator()(std::optional<std::int64_t> min, std::optional<std::int64_t> max) const;

  /// Derived dimensions. Throws `CaptureError` unless the dimension is named or
  /// derived, and for a factor that is not positive.
  friend Dim operator+(const Dim& dim, std::int64_t number);
  friend Dim operator-(const Dim& dim, std::int64_t number);
  friend Dim operator*(const Dim& dim, std::int64_t number);
  friend Dim operator*(std::int64_t number, const Dim& dim) { return dim * number; }

  Kind kind() const { return kind_; }
  /// Of a named one its name, of a derived one the expression, as Python names it.
  const std::string& name() const { return name_; }
  /// Of a derived one what its root's bounds make of it. Throws `CaptureError` when
  /// that is negative or too large.
  std::optional<std::int64_t> min() const;
  std::optional<std::int64_t> max() const;
  /// Of a derived dimension: the named one that it is `factor() * root() + offset()` of.
  const Dim& root() const { return *root_; }
  std::int64_t factor() const { return factor_; }
  std::int64_t offset() const { return offset_; }

 private:
  explicit Dim(Kind kind) : kind_(kind) {}
  static Dim derive(const Dim& dim, std::int64_t factor, std::int64_t offset);

  Kind kind_;
  std::string name_;
  std::optional<std::int64_t> min_;
  std::optional<std::int64_t> max_;
  std::shared_ptr<const Dim> root_;
  std::int64_t factor_ = 1;
  std::int64_t offset_ = 0;
};

/// What is dynamic in one input: for a tensor its dimensions, for an integer one
/// `Dim`, for a container one spec for each item, nested as the input is. An empty
/// spec, Python's None, makes a tensor or number static. In braces it reads as in
/// Python: `{{0, batch}}` by dimension, `{batch, 3, std::nullopt}` all dimensions.
class ShapeSpec {
 public:
  struct Items {
    std::string type;  ///< `builtins.tuple`, `builtins.list`, `builtins.dict`, ...
    Values keys;       ///< of a dict
    std::vector<ShapeSpec> items;
  };
  /// By dimension, negative ones not allowed; dimensions not named are static.
  using Dims = std::vector<std::pair<std::int64_t, Dim>>;
  /// One for each dimension; absent is static.
  using AllDims = std::vector<std::optional<Dim>>;

  ShapeSpec() = default;
  ShapeSpec(std::initializer_list<std::pair<std::int64_t, Dim>> dims) : data_(Dims(dims)) {}
  ShapeSpec(std::initializer_list<std::optional<Dim>> dims) : data_(AllDims(dims)) {}
  ShapeSpec(Dims dims) : data_(std::move(dims)) {}
  ShapeSpec(AllDims dims) : data_(std::move(dims)) {}
  ShapeSpec(Dim number) : data_(std::move(number)) {}
  ShapeSpec(Items items) : data_(std::move(items)) {}

  static ShapeSpec tuple(std::vector<ShapeSpec> items);
  static ShapeSpec list(std::vector<ShapeSpec> items);
  static ShapeSpec dict(std::vector<std::pair<Value, ShapeSpec>> entries);

  /// The alternative of type T, or null.
  template <typename T>
  const T* get() const {
    return std::get_if<T>(&data_);
  }
  bool is_none() const { return get<std::monostate>() != nullptr; }

 private:
  std::variant<std::monostate, Dims, AllDims, Dim, Items> data_;
};

/// What is dynamic in a model's inputs, given by the names of forward's parameters
/// (`{{"x", {{0, batch}}}}`; an unnamed one is `args_0`) or one spec for each argument,
/// keyword arguments after the positional ones. Empty: all is static.
class DynamicShapes {
 public:
  using ByName = std::vector<std::pair<std::string, ShapeSpec>>;

  DynamicShapes() = default;
  DynamicShapes(std::initializer_list<std::pair<std::string, ShapeSpec>> by_name)
      : data_(ByName(by_name)) {}
  DynamicShapes(ByName by_name) : data_(std::move(by_name)) {}
  static DynamicShapes positional(std::vector<ShapeSpec> specs);

  /// The same by position: specs given by name, in the order of `module`'s arguments. Throws
  /// `CaptureError` unless the names are those of the arguments.
  DynamicShapes in_order(const Module& module, const Values& args, const Kwargs& kwargs = {}) const;

  bool empty() const { return std::holds_alternative<std::monostate>(data_); }
  const ByName* by_name() const { return std::get_if<ByName>(&data_); }
  const std::vector<ShapeSpec>* by_position() const {
    return std::get_if<std::vector<ShapeSpec>>(&data_);
  }

 private:
  std::variant<std::monostate, ByName, std::vector<ShapeSpec>> data_;
};

/// Says what is dynamic tensor by tensor, wherever in the inputs a tensor stands:
/// `torch.export.ShapesCollection`.
class ShapesCollection {
 public:
  /// Throws `CaptureError` when the same tensor was given another spec.
  ShapesCollection& set(const at::Tensor& tensor, ShapeSpec spec);
  /// The collection as specs for these inputs of `module`. Throws `CaptureError` when
  /// a tensor of the collection is none of the inputs.
  DynamicShapes dynamic_shapes(const Module& module, const Values& args,
                               const Kwargs& kwargs = {}) const;

 private:
  std::vector<std::pair<at::Tensor, ShapeSpec>> specs_;
};

/// Finds out what is dynamic from more inputs than one: sizes and numbers that
/// differ are `Dim::DYNAMIC`, those that do not are static.
/// `torch.export.AdditionalInputs`.
class AdditionalInputs {
 public:
  AdditionalInputs& add(Values args, Kwargs kwargs = {});
  /// Throws `CaptureError` when the inputs differ in structure, type or rank.
  DynamicShapes dynamic_shapes(const Module& module, const Values& args,
                               const Kwargs& kwargs = {}) const;

 private:
  std::vector<std::pair<Values, Kwargs>> inputs_;
};

}  // namespace roundtrip
