#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <torch/nn.h>

#include <functional>
#include <string>
#include <vector>

using at::Tensor;
using namespace roundtrip;

/// How C++ models read sizes, as public code does: each is exported as it is, and its program gives
/// what the model gives at other sizes, bit for bit.

namespace {

namespace F = torch::nn::functional;
using Tensors = std::vector<Tensor>;

/// The inputs for a batch and a length.
using MakeInputs = std::function<Tensors(std::int64_t batch, std::int64_t length)>;

struct Idiom {
  std::string name;
  std::function<Value(const Tensors&)> forward;
  MakeInputs inputs;
  /// Which dimensions are the batch and the length, for each input.
  std::vector<std::pair<int, int>> dynamic{{0, -1}};
  /// The least sizes: programs take none of 0 and 1, and operators ask for more.
  std::int64_t least = 2;
  bool has_names = true;  ///< the conditions on sizes can be told for all of a named dimension
};

const Tensor kWeight = at::arange(48, at::kFloat).view({8, 6}).div(50);
const Tensor kFilter = at::arange(36, at::kFloat).view({4, 1, 3, 3}).div(36);
const Tensor kPositions = at::arange(400, at::kFloat).view({100, 4});
torch::nn::LSTM lstm(torch::nn::LSTMOptions(4, 3).batch_first(true));
/// Weights that need a gradient are calculated with in another order.
torch::nn::GRU gru = [] {
  torch::nn::GRU layer(torch::nn::GRUOptions(4, 3).batch_first(true));
  for (const Tensor& weight : layer->parameters()) weight.requires_grad_(false);
  return layer;
}();

Tensors one(std::vector<std::int64_t> sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return {at::arange(count, at::kFloat).remainder(17).sub(8).div(4).view(sizes)};
}

MakeInputs batch_of(std::vector<std::int64_t> rest) {
  return [rest](std::int64_t batch, std::int64_t) {
    std::vector<std::int64_t> sizes{batch};
    sizes.insert(sizes.end(), rest.begin(), rest.end());
    return one(sizes);
  };
}

MakeInputs sequence_of(std::int64_t width) {
  return [width](std::int64_t batch, std::int64_t length) { return one({batch, length, width}); };
}

const std::vector<std::pair<int, int>> kBatchAndLength{{0, 1}};

Tensor heads(const Tensor& x, std::int64_t count) {
  return x.view({x.size(0), x.size(1), count, x.size(2) / count}).transpose(1, 2);
}

const std::vector<Idiom> kIdioms = {
    {"flatten by view",
     [](const Tensors& x) {
       return x[0].view({x[0].size(0), -1});
     },
     batch_of({3, 2})},
    {"flatten by product",
     [](const Tensors& x) {
       return x[0].view({x[0].size(0), x[0].size(1) * x[0].size(2)});
     },
     batch_of({3, 2})},
    {"reshape by sizes()",
     [](const Tensors& x) {
       return x[0].reshape({x[0].sizes()[0], 6});
     },
     batch_of({3, 2})},
    {"state of zeros",
     [](const Tensors& x) {
       return x[0].mm(kWeight.t()) + at::zeros({x[0].size(0), 8}, x[0].options());
     },
     batch_of({6})},
    {"positions", [](const Tensors& x) { return x[0] + at::arange(x[0].size(1)).unsqueeze(-1); },
     sequence_of(4), kBatchAndLength},
    {"causal mask",
     [](const Tensors& x) {
       const auto n = x[0].size(1);
       const Tensor mask = at::ones({n, n}, at::kBool).tril();
       return x[0].matmul(x[0].transpose(1, 2)).masked_fill(mask.logical_not(), -1e9).softmax(-1);
     },
     sequence_of(4), kBatchAndLength},
    {"heads of attention",
     [](const Tensors& x) {
       const Tensor q = heads(x[0], 2);
       const Tensor weights = q.matmul(q.transpose(-1, -2)).div(std::sqrt(2.0)).softmax(-1);
       return weights.matmul(q).transpose(1, 2).contiguous().view(
           {x[0].size(0), x[0].size(1), x[0].size(2)});
     },
     sequence_of(4), kBatchAndLength},
    {"class token",
     [](const Tensors& x) {
       return at::cat({kWeight.slice(0, 0, 1).unsqueeze(0).expand({x[0].size(0), -1, -1}), x[0]},
                      1);
     },
     sequence_of(6), kBatchAndLength},
    {"repeat",
     [](const Tensors& x) {
       return kWeight.slice(0, 0, 1).repeat({x[0].size(0), 1}) + x[0];
     },
     batch_of({6})},
    {"first half",
     [](const Tensors& x) { return x[0].narrow(0, 0, x[0].size(0) / 2); },
     batch_of({3}),
     {{0, -1}},
     4,
     false},
    {"split in two", [](const Tensors& x) { return x[0].slice(1, 0, x[0].size(1) / 2) * 2; },
     sequence_of(3), kBatchAndLength, 4, false},
    {"shift by one",
     [](const Tensors& x) {
       return x[0].slice(1, 1, x[0].size(1)) - x[0].slice(1, 0, x[0].size(1) - 1);
     },
     sequence_of(3), kBatchAndLength, 3},
    {"reversed",
     [](const Tensors& x) { return x[0].index_select(1, at::arange(x[0].size(1) - 1, -1, -1)); },
     sequence_of(3), kBatchAndLength},
    {"crop of a U-Net",
     [](const Tensors& x) {
       const auto difference = x[0].size(2) - x[1].size(2);
       return x[0] + F::pad(x[1], F::PadFuncOptions({difference / 2, difference - difference / 2}));
     },
     [](std::int64_t batch, std::int64_t length) {
       return Tensors{one({batch, 2, 2 * length})[0], one({batch, 2, length})[0]};
     },
     {{0, -1}, {0, -1}}},
    {"LSTM with a state",
     [](const Tensors& x) {
       const auto h = at::zeros({1, x[0].size(0), 3});
       return std::get<0>(lstm->forward(x[0], std::make_tuple(h, h)));
     },
     sequence_of(4)},
    {"GRU", [](const Tensors& x) { return std::get<0>(gru->forward(x[0])); }, sequence_of(4)},
    {"batch norm that trains",
     [](const Tensors& x) {
       return F::batch_norm(x[0], at::zeros({3}), at::ones({3}),
                            F::BatchNormFuncOptions().training(true));
     },
     batch_of({3, 2, 2})},
    {"pooled and flattened",
     [](const Tensors& x) {
       return F::adaptive_avg_pool2d(x[0], F::AdaptiveAvgPool2dFuncOptions(1))
           .view({x[0].size(0), -1});
     },
     batch_of({3, 4, 4})},
    {"twice as large",
     [](const Tensors& x) {
       return at::upsample_nearest2d(x[0], {x[0].size(2) * 2, x[0].size(3) * 2});
     },
     [](std::int64_t batch, std::int64_t length) {
       return one({batch, 2, length, 3});
     },
     {{0, 2}}},
    {"pixel shuffle by hand",
     [](const Tensors& x) {
       const auto b = x[0].size(0), c = x[0].size(1), h = x[0].size(2), w = x[0].size(3);
       return x[0]
           .view({b, c / 4, 2, 2, h, w})
           .permute({0, 1, 4, 2, 5, 3})
           .reshape({b, c / 4, h * 2, w * 2});
     },
     [](std::int64_t batch, std::int64_t length) {
       return one({batch, 4, length, 3});
     },
     {{0, 2}}},
    {"grid of anchors",
     [](const Tensors& x) {
       const auto h = x[0].size(2), w = x[0].size(3);
       const auto grid = at::meshgrid({at::arange(h), at::arange(w)}, "ij");
       return at::stack({grid[1], grid[0]}, 2).view({1, 1, h, w, 2}).to(at::kFloat) +
              x[0].view({x[0].size(0), 1, h, w, 2});
     },
     [](std::int64_t batch, std::int64_t length) {
       return one({batch, 2, length, 3});
     },
     {{0, 2}},
     3},
    {"positional embedding",
     [](const Tensors& x) { return x[0] + kPositions.slice(0, 0, x[0].size(1)).clone(); },
     sequence_of(4), kBatchAndLength, 2, false},
    {"cache of keys",
     [](const Tensors& x) {
       const Tensor keys = at::cat({x[1], x[0]}, 1);
       const Tensor mask = at::ones({x[0].size(1), keys.size(1)}).tril(keys.size(1) - x[0].size(1));
       return x[0].matmul(keys.transpose(1, 2)) * mask;
     },
     [](std::int64_t batch, std::int64_t length) {
       return Tensors{one({batch, 2, 4})[0], one({batch, length, 4})[0]};
     },
     {{0, -1}, {0, 1}}},
    {"mean by hand", [](const Tensors& x) { return x[0].sum(0) / x[0].size(0); }, batch_of({3})},
    {"mean of all", [](const Tensors& x) { return x[0].sum() / x[0].numel(); }, sequence_of(3),
     kBatchAndLength},
    {"all in a row", [](const Tensors& x) { return x[0].view({x[0].numel()}); }, sequence_of(3),
     kBatchAndLength},
    {"full", [](const Tensors& x) { return at::full({x[0].size(0)}, 3.0) + x[0].sum(1); },
     batch_of({3})},
    {"sizes compared",
     [](const Tensors& x) {
       if (x[0].sizes() != x[1].sizes()) throw std::runtime_error("other sizes");
       return x[0] * x[1];
     },
     [](std::int64_t batch, std::int64_t) {
       return Tensors{one({batch, 3})[0], one({batch, 3})[0]};
     },
     {{0, -1}, {0, -1}}},
    {"fixed number of steps",
     [](const Tensors& x) {
       Tensor state = at::zeros({x[0].size(0), 3});
       for (std::int64_t step = 0; step < 3; ++step) state = state.tanh() + x[0].select(1, step);
       return state;
     },
     [](std::int64_t batch, std::int64_t) {
       return one({batch, 3, 3});
     }},
    {"patches",
     [](const Tensors& x) {
       return x[0].unfold(2, 2, 2).unfold(3, 2, 2).contiguous().view({x[0].size(0), -1, 12});
     },
     batch_of({3, 4, 4})},
    {"one-hot by scatter",
     [](const Tensors& x) {
       const Tensor index = x[0].argmax(1).view({-1, 1});
       return at::zeros({x[0].size(0), 5}).scatter_(1, index, 1.0);
     },
     batch_of({5})},
    {"gather with an expanded index",
     [](const Tensors& x) {
       const Tensor index = at::arange(2).view({1, 2, 1}).expand({x[0].size(0), 2, x[0].size(2)});
       return x[0].gather(1, index);
     },
     sequence_of(3)},
    {"a size that is returned",
     [](const Tensors& x) {
       return Value::tuple({x[0] * 2, Value(x[0].size(0) * 3)});
     },
     batch_of({3})},
    {"rows together and apart",
     [](const Tensors& x) {
       const auto b = x[0].size(0), n = x[0].size(1);
       return x[0].view({b * n, 6}).mm(kWeight.t()).view({b, n, 8});
     },
     sequence_of(6), kBatchAndLength},
    {"convolution and flatten",
     [](const Tensors& x) {
       const Tensor y = at::conv2d(x[0], kFilter, {}, 2, 1).relu();
       return y.view({y.size(0), y.size(1) * y.size(2) * y.size(3)});
     },
     [](std::int64_t batch, std::int64_t length) {
       return one({batch, 1, length, 7});
     },
     {{0, 2}},
     3},
    {"windows",
     [](const Tensors& x) {
       const auto b = x[0].size(0), h = x[0].size(1), w = x[0].size(2), c = x[0].size(3);
       return x[0]
           .view({b, h / 2, 2, w / 2, 2, c})
           .permute({0, 1, 3, 2, 4, 5})
           .contiguous()
           .view({-1, 2, 2, c});
     },
     batch_of({4, 4, 3})},
    {"roll by half", [](const Tensors& x) { return at::roll(x[0], x[0].size(1) / 2, 1); },
     sequence_of(3), kBatchAndLength},
    {"eye", [](const Tensors& x) { return at::eye(x[0].size(0)).mm(x[0]); }, batch_of({3})},
    {"group norm by hand",
     [](const Tensors& x) {
       const Tensor groups = x[0].view({x[0].size(0), 2, -1});
       return (groups - groups.mean(-1, true)).view({x[0].size(0), 4, 2, 2});
     },
     batch_of({4, 2, 2})},
    {"channel shuffle",
     [](const Tensors& x) {
       const auto b = x[0].size(0), c = x[0].size(1), h = x[0].size(2), w = x[0].size(3);
       return x[0].view({b, 2, c / 2, h, w}).transpose(1, 2).contiguous().view({b, -1, h, w});
     },
     batch_of({4, 2, 2})},
    {"contrastive loss",
     [](const Tensors& x) {
       return at::cross_entropy_loss(x[0].mm(x[0].t()), at::arange(x[0].size(0)));
     },
     batch_of({3})},
    {"diagonal blocks",
     [](const Tensors& x) {
       const auto n = x[0].size(1);
       return x[0].unsqueeze(2).expand({x[0].size(0), n, n, 3}).reshape({x[0].size(0), n * n, 3});
     },
     sequence_of(3), kBatchAndLength},
    {"a square of the length",
     [](const Tensors& x) { return at::zeros({x[0].size(1) * x[0].size(1)}) + x[0].sum(); },
     sequence_of(3), kBatchAndLength},
};

/// The call, its dimensions dynamic by names or automatically.
ExportedProgram exported(const Idiom& idiom, bool named) {
  const Dim batch("batch", idiom.least), length("length", idiom.least);
  const Tensors inputs = idiom.inputs(4, 6);
  Values args;
  std::vector<ShapeSpec> specs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    args.emplace_back(inputs[i]);
    const auto [batch_dim, length_dim] = idiom.dynamic[i];
    ShapeSpec::Dims dims;
    if (batch_dim >= 0) dims.emplace_back(batch_dim, named ? batch : Dim::AUTO);
    if (length_dim >= 0) dims.emplace_back(length_dim, named ? length : Dim::AUTO);
    specs.emplace_back(dims);
  }
  const auto forward = idiom.forward;
  const Module::Forward run = [forward](const Values& args, const Kwargs&) {
    Tensors tensors;
    for (const Value& arg : args) tensors.push_back(arg.tensor());
    return forward(tensors);
  };
  ExportOptions options;
  options.dynamic_shapes = DynamicShapes::positional(std::move(specs));
  return export_program(Module(run), std::move(args), {}, std::move(options));
}

void check_same(const Idiom& idiom, const ExportedProgram& program, std::int64_t batch,
                std::int64_t length) {
  const at::NoGradGuard no_grad;
  const Tensors inputs = idiom.inputs(batch, length);
  const Values args(inputs.begin(), inputs.end());
  CHECK(bitwise_equal(program.run(args), idiom.forward(inputs)));
}

}  // namespace

TEST_CASE("models that read sizes as plain integers have programs for all sizes") {
  for (const Idiom& idiom : kIdioms) {
    for (const bool named : {true, false}) {
      if (named && !idiom.has_names) continue;
      CAPTURE(idiom.name);
      CAPTURE(named);
      try {
        const ExportedProgram program = exported(idiom, named);
        const bool has_length = idiom.dynamic.front().second >= 0;
        for (const std::int64_t batch :
             {std::int64_t{4}, idiom.least, std::int64_t{7}, std::int64_t{20}}) {
          check_same(idiom, program, batch, 6);
          if (has_length) check_same(idiom, program, batch, 13);
        }
      } catch (const std::exception& error) {
        FAIL_CHECK(std::string(error.what()));
      }
    }
  }
}
