#include <ATen/ATen.h>

#include "tests/interop/twins/twin.h"

namespace roundtrip {
namespace {

using at::Tensor;

/// A plain function; it holds no state of its own.
template <typename F>
Twin function(std::string name, std::vector<std::string> names, F function, std::vector<Input> args,
              std::vector<std::pair<std::string, Input>> kwargs = {}) {
  return {std::move(name), [=] { return Module(function).arg_names(names); }, std::move(args),
          std::move(kwargs)};
}

Input matrix() {
  return normal({batch(3), named("width", 4)});
}
Input vector() {
  return normal({dynamic(4)});
}

std::tuple<Tensor, Tensor, Tensor> no_grad_regions(const Tensor& x) {
  Tensor y = x * 2;
  Tensor values, indices;
  {
    at::NoGradGuard no_grad;
    std::tie(values, indices) = y.max(1);
    y.add_(1);
  }
  const Tensor z = y.sum() + values;
  at::NoGradGuard no_grad;
  return {z * 3, indices, y};
}

Tensor nested_regions(const Tensor& x) {
  at::NoGradGuard no_grad;
  const Tensor y = x * 2;
  Tensor z;
  {
    at::AutoGradMode with_grad(true);
    z = y + 1;
  }
  return z - y;
}

Value nested_containers(const Value& batch, std::int64_t n, const std::optional<Tensor>& mask) {
  const Tensor& x = batch["x"].tensor();
  const Tensor sum = batch["pair"][0].tensor() + batch["pair"][1][0].tensor();
  return Value::dict({{"out", Value::list({x * n, sum})},
                      {"none", mask ? Value(*mask) : Value()},
                      {"constants", Value::tuple({n, 2.5, true})}});
}

Input nested_input() {
  return Input::dict(
      {{"x", vector()},
       {"pair", Input::tuple({normal({batch(2)}), Input::list({normal({batch(2)})})})}});
}

std::vector<Tensor> doubled_and_transposed(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> results;
  for (const Tensor& tensor : tensors) results.push_back(at::cat({tensor, tensor}, 1).t());
  return results;
}

Input every_dtype() {
  std::vector<Input> inputs;
  for (at::ScalarType dtype :
       {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kFloat, at::kDouble,
        at::kComplexFloat, at::kComplexDouble, at::kBool, at::kBFloat16}) {
    inputs.push_back(
        {{batch(2), 3}, [dtype](at::IntArrayRef sizes) { return at::ones(sizes).to(dtype); }});
  }
  return Input::list(std::move(inputs));
}

Tensor factories(const Tensor& x) {
  const Tensor grid = at::arange(0, 6, at::kFloat).view({2, 3});
  const Tensor noise = at::rand({2, 3});
  Tensor filled = at::empty({2, 3});
  filled.fill_(0.5);
  return x + grid + at::zeros_like(x) + at::full({3}, 2.0) + at::eye(3).narrow(0, 0, 2) + noise +
         filled;
}

Twin constants() {
  const auto make = [] {
    const Tensor table = at::linspace(0, 1, 4);
    const auto forward = [table](const Tensor& x) {
      Tensor literal = at::tensor({1.0, 2.0, 3.0, 4.0});
      literal.mul_(x);
      return std::tuple(x * table, literal, table);
    };
    const auto state = [table] {
      ModuleState declared;
      declared.constants.insert("table", table);
      return declared;
    };
    return Module(forward, state).arg_names({"x"});
  };
  return {"constants", make, {normal({4})}};
}

Value multiple_outputs(const Tensor& x) {
  auto [values, indices] = at::sort(x, 1, true);
  const auto chunks = x.chunk(2, 1);
  const auto pieces = x.split({1, 3}, 1);
  auto [minimum, where] = x.min(0);
  return Value::tuple(
      {values, indices, Value::list({chunks[0], chunks[1]}), pieces[1], minimum + 1, where});
}

Value indexing(const Tensor& x, const Tensor& rows) {
  using at::indexing::None;
  using at::indexing::Slice;
  Tensor y = x.clone();
  y.index_put_({rows}, at::zeros({4}));
  return Value::tuple({x.index({Slice(), rows}), x.index({Slice(1, None, 2), "...", None}),
                       x.index({2}), y, x.index_select(0, rows), x.gather(1, x.argsort(1, false))});
}

std::tuple<Tensor, Tensor> in_place(const Tensor& x, const Tensor& y) {
  Tensor z = x + y;
  z.add_(1).mul_(y);
  z.view({-1}).slice(0, 0, 2).zero_();
  z.relu_();
  x.sub_(1);
  at::add_out(z, x, y);
  return {z, x};
}

Value casts(const Tensor& x) {
  return Value::tuple({x.to(at::kDouble), x.to(at::kBFloat16).to(at::kFloat), x.to(at::kFloat),
                       x.contiguous(at::MemoryFormat::ChannelsLast), x.type_as(x.to(at::kInt)),
                       x.to(x.options().dtype(at::kHalf))});
}

Value tensor_lists(const std::vector<Tensor>& parts) {
  return Value::tuple({at::cat(parts, 0), at::stack({parts[0], parts[0]}),
                       at::einsum("i,i->", {parts[0], parts[0]}),
                       at::meshgrid({parts[0], parts[1]}, "ij")[1]});
}

Value scalars(const Tensor& x) {
  return Value::tuple({at::clamp(x, -0.5, 0.5), x.pow(2), 1.0 / x, x.eq(0),
                       at::where(x > 0, x, 0.0), at::add(x, x, 2), at::div(x, 0.3, "floor"),
                       x.sum(at::IntArrayRef{0}, true, at::kDouble), x.std(0, false), x.norm(),
                       at::linspace(0, 1, 4), x.masked_fill(x > 0, -INFINITY)});
}

Input strided(std::int64_t start, bool transposed) {
  const auto fill = [=](at::IntArrayRef) {
    const Tensor part = at::arange(24.0).view({4, 6}).narrow(1, start, 4);
    return transposed ? part.t() : part;
  };
  return {{4, 4}, fill};
}

Twin state_returned() {
  const auto make = [] {
    const Tensor weight = at::randn({3}).set_requires_grad(true);
    const Tensor scratch = at::linspace(1, 2, 3);
    const auto state = [weight, scratch] {
      ModuleState state;
      state.parameters.insert("block.weight", weight);
      state.buffers.insert("block.scratch", scratch);
      state.non_persistent = {"block.scratch"};
      return state;
    };
    return Module([weight,
                   scratch](const Tensor& x) { return std::tuple(weight, x * scratch, scratch); },
                  state)
        .arg_names({"x"});
  };
  return {"state_returned", make, {normal({batch(2), 3})}};
}

Tensor scaled(const Tensor& x, const Tensor& scale, std::optional<double> bias) {
  return x * scale + bias.value_or(1.0);
}

Tensor with_constants(const Tensor& x, std::int64_t dim, bool keep, double by,
                      const std::string& mode, const std::optional<Tensor>&) {
  return at::div(x.sum(dim, keep), by, mode);
}

Tensor doubled_without_grad(const Tensor& x) {
  at::NoGradGuard no_grad;
  return x * 2;
}

}  // namespace

Twins function_twins() {
  const Input with_grad{{batch(3), dynamic(4)}, [](at::IntArrayRef sizes) {
                          return at::randn(sizes).set_requires_grad(true);
                        }};
  const Tensor shared = at::linspace(-1, 1, 3);
  return {
      function("add", {"x", "y"}, [](const Tensor& x, const Tensor& y) { return x + y; },
               {matrix(), normal({named("width", 4)})}),
      function("keyword_inputs", {"x", "scale", "bias"}, &scaled, {normal({batch(3)})},
               {{"bias", Value(0.25)}, {"scale", normal({batch(3)})}}),
      function("constant_inputs", {"x", "dim", "keep", "by", "mode", "nothing"}, &with_constants,
               {matrix(), Value(1), Value(true), Value(0.5), Value("floor"), Value()}),
      function("no_grad_regions", {"x"}, &no_grad_regions, {with_grad}),
      function("nested_regions", {"x"}, &nested_regions, {vector()}),
      function("exported_without_grad", {"x"}, &doubled_without_grad, {vector()}),
      function("nested_containers", {"batch", "n", "mask"}, &nested_containers,
               {nested_input(), Value(3), Value()}),
      function("every_dtype", {"tensors"}, &doubled_and_transposed, {every_dtype()}),
      function("factories", {"x"}, &factories, {normal({2, 3})}),
      constants(),
      function("multiple_outputs", {"x"}, &multiple_outputs, {normal({batch(3), 4})}),
      function("indexing", {"x", "rows"}, &indexing,
               {normal({dynamic(4), 4}), Input(at::tensor({0, 2}))}),
      function("in_place", {"x", "y"}, &in_place, {matrix(), matrix()}),
      function("casts", {"x"}, &casts, {normal({1, 2, dynamic(3), dynamic(5)})}),
      function("strided_inputs", {"x", "y", "z"},
               [](const Tensor& x, const Tensor& y, const Tensor& z) { return x.t() + y * z; },
               {strided(1, false), strided(2, true), Input(at::ones({1}).expand({4}))}),
      function("tensor_lists", {"parts"}, &tensor_lists,
               {Input::list({normal({batch(2)}), normal({dynamic(3)})})}),
      function("scalars", {"x"}, &scalars, {vector()}),
      function("input_returned", {"x"}, [](const Tensor& x) { return std::tuple(x, x, 5); },
               {vector()}),
      function("same_input_twice", {"a", "b"},
               [](const Tensor& a, const Tensor& b) { return a + b; },
               {Input(shared), Input(shared)}),
      state_returned(),
      function("empty_tensors", {"x"},
               [](const Tensor& x) {
                 return at::cat({x, x}).sum(0);
               },
               {normal({0, dynamic(3)})}),
      function("name_collisions", {"add", "mul"},
               [](const Tensor& add, const Tensor& mul) { return add * mul + add; },
               {vector(), normal({1})}),
  };
}

}  // namespace roundtrip
