// Layers whose inputs have dynamic sizes.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

struct Attention {
  static constexpr std::int64_t kEmbedding = 64, kHeads = 4;
  Tensor qkv_weight = parameter(at::randn({3 * kEmbedding, kEmbedding}) / 8);
  Tensor qkv_bias = parameter(at::randn({3 * kEmbedding}) / 8);
  Tensor proj_weight = parameter(at::randn({kEmbedding, kEmbedding}) / 8);
  Tensor proj_bias = parameter(at::randn({kEmbedding}) / 8);

  Module model() const {
    const auto forward = [self = *this](const Tensor& q, const Tensor& k, const Tensor& v,
                                        const std::optional<Tensor>& key_padding_mask) {
      // As upstream's model does, whatever is asked of it.
      const auto [result, weights] = at::_native_multi_head_attention(
          q, k, v, kEmbedding, kHeads, self.qkv_weight, self.qkv_bias, self.proj_weight,
          self.proj_bias, key_padding_mask, /*need_weights=*/false,
          /*average_attn_weights=*/false, /*mask_type=*/1);
      // What is undefined in C++ is None in Python.
      return Value::tuple({result, weights});
    };
    return Module(forward, state({{"qkv.weight", qkv_weight},
                                  {"qkv.bias", qkv_bias},
                                  {"proj.weight", proj_weight},
                                  {"proj.bias", proj_bias}}))
        .arg_names({"q", "k", "v", "key_padding_mask"});
  }
};

}  // namespace

TEST(TestExport, test_conv_dynamic) {
  const Tensor weight = parameter(at::randn({32, 3, 3, 3}) / 5), bias = parameter(at::randn({32}));
  Module model(
      [=](const Tensor& x, const Tensor& y) {
        Tensor a = at::conv2d(x, weight, bias, 1, 1);
        a.add_(y);
        return at::max_pool2d(at::relu(a), 3);
      },
      state({{"conv.weight", weight}, {"conv.bias", bias}}));
  model.arg_names({"x", "y"});
  auto inputs = [](std::int64_t batch) {
    return Values{at::randn({batch, 3, 256, 256}), at::ones({batch, 32, 256, 256})};
  };
  const at::NoGradGuard no_grad;
  const ShapeSpec batch{{0, Dim("batch")}};
  auto program = t.export_program(model, inputs(2), {}, dynamic({{"x", batch}, {"y", batch}}));
  const Module again = as_module(program);
  for (const Values& args : {inputs(17), inputs(15)}) {
    const Value expected = model(args);
    CHECK(allclose(program.run(args), expected));
    CHECK(allclose(again(args), expected));
  }
}

TEST(TestExport, test_native_multi_attention_head) {
  const Tensor q = 6 * at::rand({16, 8, Attention::kEmbedding}) - 3;
  const Module model = Attention().model();
  const Values inputs{q, q, q, Value()};
  const at::NoGradGuard no_grad;
  auto size = [](const char* name) { return ShapeSpec{{0, Dim(name, std::nullopt, 1024)}}; };
  auto program = t.export_program(model, inputs, {},
                                  dynamic({{"q", size("dim0_q")},
                                           {"k", size("dim0_k")},
                                           {"v", size("dim0_v")},
                                           {"key_padding_mask", ShapeSpec()}}));
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_int_shape_specialization) {
  Module model([](const Tensor& x) {
    auto read = [&](std::int64_t dim) {
      return static_cast<std::int64_t>(sym_float(x.sym_size(dim)).guard_float(__FILE__, __LINE__));
    };
    return at::upsample_bilinear2d(x, {read(-2), read(-1)}, false);
  });
  model.arg_names({"x"});
  ExportOptions options = dynamic({{"x", {{2, Dim::DYNAMIC}, {3, Dim::DYNAMIC}}}});
  options.strict = false;
  options.generalize_sizes = false;  // which Python does not do
  CHECK(has_in_order(export_error(t, model, {at::rand({1, 3, 28, 28})}, options),
                     {"your code specialized it to be a constant (28)",
                      "your code specialized it to be a constant (28)"}));
}

TEST(TestExport, test_export_statically_known_true) {
  Module model([](const Tensor& x, const Tensor& y) {
    const c10::SymInt rows = y.sym_size(0);
    return x.slice_symint(1, 0, sym_pow(rows, 2) - rows * 3);
  });
  ExportOptions options = positional({{Dim::DYNAMIC, Dim::DYNAMIC}, {Dim::DYNAMIC, Dim::DYNAMIC}});
  options.strict = false;
  const Values inputs{at::randn({4, 4}), at::randn({4, 4})};
  auto program = t.export_program(model, inputs, {}, options);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(count_in_text(program, "torch.ops.aten.slice.Tensor(") == 1);
  const std::string called = operators(program);
  CHECK(called.find("sub") != std::string::npos);
  CHECK(called.find("sub") == called.rfind("sub"));
}

TEST(TestExport, test_ends_of_bounds_oblivious) {
  const Tensor buffer = at::zeros({10});
  Module model(
      [=](const Tensor& x, const Tensor& y) {
        buffer.slice_symint(0, 0, x.sym_size(0)).copy_(x);
        return std::tuple(x + 2, y.slice(1, {}, {}, 1));
      },
      state({}, {{"buf", buffer}}));
  model.arg_names({"x", "y"});
  auto options =
      dynamic({{"x", {{0, Dim("dx", 1, 10)}}}, {"y", {{0, Dim("dy0")}, {1, Dim("dy1")}}}});
  const BackedSizeOblivious oblivious;
  auto program =
      t.export_program(model, {at::randn({10}), at::randn({32, 36})}, {}, std::move(options));
  for (const Values& inputs :
       {Values{at::randn({9}), at::randn({4, 4})}, Values{at::randn({1}), at::randn({1, 1})}}) {
    CHECK(allclose(program.run(inputs), model(inputs)));
  }
}

// Upstream's test is expected to fail: `export` refuses the model, which rounds sizes.
TEST(TestExport, test_crop_like) {
  Module model([](const Tensor& image, std::int64_t height, std::int64_t width) {
    auto start = [&](std::int64_t dim, std::int64_t size) {
      const c10::SymFloat margin = sym_float(image.sym_size(dim) - size) / 2;
      return static_cast<std::int64_t>(std::nearbyint(margin.guard_float(__FILE__, __LINE__)));
    };
    const std::int64_t top = start(1, height), left = start(2, width);
    return image.slice(-2, top, top + height).slice(-1, left, left + width);
  });
  model.arg_names({"image", "crop_height", "crop_width"});
  ExportOptions options = dynamic({{"image", {{1, Dim("height")}, {2, Dim("width")}}},
                                   {"crop_height", ShapeSpec()},
                                   {"crop_width", ShapeSpec()}});
  options.strict = false;
  CHECK(has_in_order(export_error(t, model, {at::rand({3, 512, 512}), 150, 150}, options),
                     {"Constraints violated (height, width)!"}));
}

}  // namespace roundtrip
