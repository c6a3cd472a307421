#include <ATen/ATen.h>

#include "tests/interop/captured_models.h"

namespace roundtrip {
namespace {

using at::Tensor;

template <typename F>
ExportCall on(F function, std::vector<std::string> names, Values args, Kwargs kwargs = {}) {
  return {Module(std::move(function)).arg_names(std::move(names)),
          std::move(args),
          std::move(kwargs),
          {}};
}

ExportCall no_grad_regions() {
  return on(
      [](const Tensor& x) {
        Tensor y = x * 2;
        Tensor values, indices;
        {
          at::NoGradGuard no_grad;
          std::tie(values, indices) = y.max(1);
          y.add_(1);
        }
        const Tensor z = y.sum() + values;
        at::NoGradGuard no_grad;
        return std::tuple(z * 3, indices, y);
      },
      {"x"}, {at::randn({3, 4}).set_requires_grad(true)});
}

ExportCall nested_regions() {
  return on(
      [](const Tensor& x) {
        at::NoGradGuard no_grad;
        const Tensor y = x * 2;
        Tensor z;
        {
          at::AutoGradMode with_grad(true);
          z = y + 1;
        }
        return z - y;
      },
      {"x"}, {at::randn({3})});
}

ExportCall nested_containers() {
  return on(
      [](const Value& batch, std::int64_t n, const std::optional<Tensor>& mask) {
        const Tensor& x = batch["x"].tensor();
        const Tensor sum = batch["pair"][0].tensor() + batch["pair"][1][0].tensor();
        return Value::dict({{"out", Value::list({x * n, sum})},
                            {"none", mask ? Value(*mask) : Value()},
                            {"constants", Value::tuple({n, 2.5, true})}});
      },
      {"batch", "n", "mask"},
      {Value::dict({{"x", at::randn({2})},
                    {"pair", Value::tuple({at::randn({2}), Value::list({at::randn({2})})})}}),
       3, Value()});
}

ExportCall every_dtype() {
  Values inputs;
  for (at::ScalarType dtype :
       {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kFloat, at::kDouble,
        at::kComplexFloat, at::kComplexDouble, at::kBool, at::kBFloat16}) {
    inputs.push_back(at::ones({2, 3}).to(dtype));
  }
  return on(
      [](const std::vector<Tensor>& tensors) {
        std::vector<Tensor> results;
        for (const Tensor& tensor : tensors) results.push_back(at::cat({tensor, tensor}, 1).t());
        return results;
      },
      {"tensors"}, {Value::list(std::move(inputs))});
}

ExportCall factories() {
  return on(
      [](const Tensor& x) {
        const Tensor grid = at::arange(0, 6, at::kFloat).view({2, 3});
        const Tensor noise = at::rand({2, 3});
        Tensor filled = at::empty({2, 3});
        filled.fill_(0.5);
        return x + grid + at::zeros_like(x) + at::full({3}, 2.0) + at::eye(3).narrow(0, 0, 2) +
               noise + filled;
      },
      {"x"}, {at::randn({2, 3})});
}

ExportCall constants() {
  const Tensor table = at::randn({4});
  return on(
      [table](const Tensor& x) {
        Tensor literal = at::tensor({1.0, 2.0, 3.0, 4.0});
        literal.mul_(x);
        return std::tuple(x * table, literal, table);
      },
      {"x"}, {at::randn({4})});
}

ExportCall multiple_outputs() {
  return on(
      [](const Tensor& x) {
        auto [values, indices] = at::sort(x, 1, true);
        auto chunks = x.chunk(2, 1);
        auto pieces = x.split({1, 3}, 1);
        auto [minimum, where] = x.min(0);
        return std::tuple(values, indices, chunks, pieces[1], minimum + 1, where);
      },
      {"x"}, {at::randn({3, 4})});
}

ExportCall indexing() {
  using at::indexing::None;
  using at::indexing::Slice;
  return on(
      [](const Tensor& x, const Tensor& rows) {
        Tensor y = x.clone();
        y.index_put_({rows}, at::zeros({4}));
        return std::tuple(x.index({Slice(), rows}), x.index({Slice(1, None, 2), "...", None}),
                          x.index({2}), y, x.index_select(0, rows),
                          x.gather(1, x.argsort(1, false)));
      },
      {"x", "rows"}, {at::randn({4, 4}), at::tensor({0, 2})});
}

ExportCall in_place() {
  return on(
      [](const Tensor& x, const Tensor& y) {
        Tensor z = x + y;
        z.add_(1).mul_(y);
        z.view({-1}).slice(0, 0, 2).zero_();
        z.relu_();
        x.sub_(1);
        at::add_out(z, x, y);
        return std::tuple(z, x);
      },
      {"x", "y"}, {at::randn({2, 3}), at::randn({2, 3})});
}

ExportCall casts() {
  return on(
      [](const Tensor& x) {
        return std::tuple(x.to(at::kDouble), x.to(at::kBFloat16).to(at::kFloat), x.to(at::kFloat),
                          x.contiguous(at::MemoryFormat::ChannelsLast), x.type_as(x.to(at::kInt)),
                          x.to(x.options().dtype(at::kHalf)));
      },
      {"x"}, {at::randn({1, 2, 3, 3})});
}

ExportCall strided_inputs() {
  const Tensor base = at::randn({4, 6});
  return on([](const Tensor& x, const Tensor& y, const Tensor& z) { return x.t() + y * z; },
            {"x", "y", "z"},
            {base.narrow(1, 1, 4), base.narrow(1, 2, 4).t(), at::randn({1}).expand({4})});
}

ExportCall tensor_lists() {
  return on(
      [](const std::vector<Tensor>& parts) {
        return std::tuple(at::cat(parts, 0), at::stack({parts[0], parts[0]}),
                          at::einsum("i,i->", {parts[0], parts[0]}),
                          at::meshgrid({parts[0], parts[1]}, "ij")[1]);
      },
      {"parts"}, {Value::list({at::randn({2}), at::randn({3})})});
}

ExportCall scalars() {
  return on(
      [](const Tensor& x) {
        return std::tuple(at::clamp(x, -0.5, 0.5), x.pow(2), 1.0 / x, x.eq(0),
                          at::where(x > 0, x, 0.0), at::add(x, x, 2), at::div(x, 0.3, "floor"),
                          x.sum(at::IntArrayRef{0}, true, at::kDouble), x.std(0, false), x.norm(),
                          at::linspace(0, 1, 4), x.masked_fill(x > 0, -INFINITY));
      },
      {"x"}, {at::randn({4})});
}

ExportCall state_returned() {
  const Tensor weight = at::randn({3}).set_requires_grad(true);
  const Tensor scratch = at::randn({3});
  const auto state = [weight, scratch] {
    ModuleState state;
    state.parameters.insert("block.weight", weight);
    state.buffers.insert("block.scratch", scratch);
    state.non_persistent = {"block.scratch"};
    return state;
  };
  Module module(
      [weight, scratch](const Tensor& x) { return std::tuple(weight, x * scratch, scratch); },
      state);
  return {module.arg_names({"x"}), {at::randn({3})}, {}, {}};
}

}  // namespace

std::vector<CapturedModel> function_models() {
  return {
      {"add",
       [] {
         return on([](const Tensor& x, const Tensor& y) { return x + y; }, {"x", "y"},
                   {at::randn({2, 3}), at::randn({3})});
       }},
      {"keyword_inputs",
       [] {
         return on([](const Tensor& x, const Tensor& scale,
                      std::optional<double> bias) { return x * scale + bias.value_or(1.0); },
                   {"x", "scale", "bias"}, {at::randn({3})},
                   {{"bias", 0.25}, {"scale", at::randn({3})}});
       }},
      {"constant_inputs",
       [] {
         return on(
             [](const Tensor& x, std::int64_t dim, bool keep, double by, const std::string& mode,
                const std::optional<Tensor>&) { return at::div(x.sum(dim, keep), by, mode); },
             {"x", "dim", "keep", "by", "mode", "nothing"},
             {at::randn({2, 3}), 1, true, 0.5, "floor", Value()});
       }},
      {"no_grad_regions", no_grad_regions},
      {"nested_regions", nested_regions},
      {"exported_without_grad",
       [] {
         return on(
             [](const Tensor& x) {
               at::NoGradGuard no_grad;
               return x * 2;
             },
             {"x"}, {at::randn({3})});
       }},
      {"nested_containers", nested_containers},
      {"every_dtype", every_dtype},
      {"factories", factories},
      {"constants", constants},
      {"multiple_outputs", multiple_outputs},
      {"indexing", indexing},
      {"in_place", in_place},
      {"casts", casts},
      {"strided_inputs", strided_inputs},
      {"tensor_lists", tensor_lists},
      {"scalars", scalars},
      {"input_returned",
       [] {
         return on([](const Tensor& x) { return std::tuple(x, x, 5); }, {"x"}, {at::randn({3})});
       }},
      {"same_input_twice",
       [] {
         const Tensor x = at::randn({3});
         return on([](const Tensor& a, const Tensor& b) { return a + b; }, {"a", "b"}, {x, x});
       }},
      {"state_returned", state_returned},
      {"empty_tensors",
       [] {
         return on(
             [](const Tensor& x) {
               return at::cat({x, x}).sum(0);
             },
             {"x"}, {at::randn({0, 3})});
       }},
      {"name_collisions",
       [] {
         return on([](const Tensor& add, const Tensor& mul) { return add * mul + add; },
                   {"add", "mul"}, {at::randn({3}), at::randn({3})});
       }},
  };
}

}  // namespace roundtrip
