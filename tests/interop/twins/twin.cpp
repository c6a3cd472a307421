#include "tests/interop/twins/twin.h"

#include <ATen/ATen.h>

#include <torch/nn/module.h>

#include <algorithm>

namespace roundtrip {
namespace {

Value described(const Dim& dim) {
  return dim.kind() == Dim::Kind::named ? Value(dim.name()) : Value("DYNAMIC");
}

bool any_dynamic(const Input& input) {
  return !input.spec().is_none();
}

}  // namespace

Axis batch(std::int64_t size) {
  return named("batch", size);
}
Axis dynamic(std::int64_t size, std::int64_t step) {
  return {Dim::DYNAMIC, size, step};
}
Axis named(const std::string& name, std::int64_t size, std::int64_t step) {
  return {Dim(name), size, step};
}

Input Input::tuple(std::vector<Input> items) {
  Input input(Value::tuple({}));
  input.items_ = std::move(items);
  return input;
}

Input Input::list(std::vector<Input> items) {
  Input input(Value::list({}));
  input.items_ = std::move(items);
  return input;
}

Input Input::dict(std::vector<std::pair<std::string, Input>> items) {
  Input input(Value::dict({}));
  for (auto& [key, item] : items) {
    input.constant_.container().keys.push_back(key);
    input.items_.push_back(std::move(item));
  }
  return input;
}

Value Input::value(std::int64_t growth) const {
  if (fill_) {
    std::vector<std::int64_t> sizes;
    for (const Axis& axis : axes_) sizes.push_back(axis.size + growth * axis.step);
    return fill_(sizes);
  }
  Value value = constant_;
  for (const Input& item : items_) value.container().items.push_back(item.value(growth));
  return value;
}

ShapeSpec Input::spec() const {
  ShapeSpec::Dims dims;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    if (axes_[i].dim) dims.emplace_back(static_cast<std::int64_t>(i), *axes_[i].dim);
  }
  if (!dims.empty()) return dims;
  if (std::none_of(items_.begin(), items_.end(), any_dynamic)) return {};
  return spec_of_items(&Input::spec);
}

ShapeSpec Input::automatic_spec() const {
  if (std::any_of(items_.begin(), items_.end(),
                  [](const Input& item) { return !item.automatic_spec().is_none(); })) {
    return spec_of_items(&Input::automatic_spec);
  }
  ShapeSpec::Dims dims;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    dims.emplace_back(static_cast<std::int64_t>(i), Dim::AUTO);
  }
  if (dims.empty()) return {};
  return dims;
}

ShapeSpec Input::spec_of_items(ShapeSpec (Input::*spec)() const) const {
  ShapeSpec::Items items{constant_.container().type, {}, {}};
  for (const Value& key : constant_.container().keys) items.keys.push_back(key.string());
  for (const Input& item : items_) items.items.push_back((item.*spec)());
  return items;
}

Value Input::described_spec() const {
  if (spec().is_none()) return {};
  if (!fill_) {
    Value container = constant_;
    for (const Input& item : items_) container.container().items.push_back(item.described_spec());
    return container;
  }
  Values dims;
  for (const Axis& axis : axes_) dims.push_back(axis.dim ? described(*axis.dim) : Value());
  return Value::list(std::move(dims));
}

Value Input::described_automatic_spec() const {
  if (fill_) return Value::list(Values(axes_.size(), Value("AUTO")));
  if (automatic_spec().is_none()) return {};
  Value container = constant_;
  for (const Input& item : items_) {
    container.container().items.push_back(item.described_automatic_spec());
  }
  return container;
}

Input normal(std::vector<Axis> axes) {
  return {std::move(axes), [](at::IntArrayRef sizes) { return at::randn(sizes); }};
}

Input uniform(std::vector<Axis> axes) {
  return {std::move(axes), [](at::IntArrayRef sizes) { return at::rand(sizes); }};
}

Input integers(std::int64_t end, std::vector<Axis> axes) {
  return {std::move(axes),
          [end](at::IntArrayRef sizes) { return at::randint(end, sizes, at::kLong); }};
}

Input signs(std::vector<Axis> axes) {
  return {std::move(axes),
          [](at::IntArrayRef sizes) { return at::randint(2, sizes, at::kFloat).mul(2).sub(1); }};
}

bool Twin::is_dynamic() const {
  return std::any_of(args.begin(), args.end(), any_dynamic) ||
         std::any_of(kwargs.begin(), kwargs.end(),
                     [](const auto& kwarg) { return any_dynamic(kwarg.second); });
}

ExportCall Twin::static_call(std::int64_t growth) const {
  ExportCall call{make().module, {}, {}, {}};
  for (const Input& input : args) call.args.push_back(input.value(growth));
  for (const auto& [key, input] : kwargs) call.kwargs.emplace_back(key, input.value(growth));
  return call;
}

Twin Twin::in_mode(bool training) const {
  Twin twin = *this;
  twin.make = [make = make, training] {
    TwinModel model = make();
    model.layer->train(training);
    return model;
  };
  return twin;
}

ExportCall Twin::dynamic_call() const {
  return call_with(&Input::spec);
}

ExportCall Twin::automatic_call() const {
  return call_with(&Input::automatic_spec);
}

ExportCall Twin::call_with(ShapeSpec (Input::*spec)() const) const {
  ExportCall call = static_call();
  DynamicShapes::ByName shapes;
  for (std::size_t i = 0; i < args.size(); ++i) {
    shapes.emplace_back(call.module.arg_name(i), (args[i].*spec)());
  }
  for (const auto& [key, input] : kwargs) shapes.emplace_back(key, (input.*spec)());
  call.options.dynamic_shapes = DynamicShapes(std::move(shapes));
  return call;
}

Value Twin::described_shapes() const {
  return described_by(&Input::described_spec);
}

Value Twin::described_automatic_shapes() const {
  return described_by(&Input::described_automatic_spec);
}

Value Twin::described_by(Value (Input::*spec)() const) const {
  const Module module = make().module;
  std::vector<std::pair<Value, Value>> shapes;
  for (std::size_t i = 0; i < args.size(); ++i) {
    shapes.emplace_back(module.arg_name(i), (args[i].*spec)());
  }
  for (const auto& [key, input] : kwargs) shapes.emplace_back(key, (input.*spec)());
  return Value::dict(std::move(shapes));
}

Twins all_twins() {
  Twins all;
  for (const auto& table :
       {activation_twins, normalization_twins, convolution_twins, pooling_twins, loss_twins,
        sequence_twins, function_twins, size_twins, model_twins, vision_twins}) {
    for (Twin& twin : table()) all.push_back(std::move(twin));
  }
  return all;
}

}  // namespace roundtrip
