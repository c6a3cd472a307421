#include "tests/interop/twins/layer.h"

namespace roundtrip {
namespace {

using namespace torch::nn;
using at::Tensor;

Input sequence() {
  return normal({batch(2), 4, dynamic(9)});
}
Input image() {
  return normal({batch(2), 4, dynamic(9), dynamic(11)});
}
Input volume() {
  return normal({batch(2), 4, dynamic(5), dynamic(6), dynamic(7)});
}

/// Sizes before pooling by 2 of what has `sizes` after it.
std::vector<std::int64_t> doubled(at::IntArrayRef sizes) {
  std::vector<std::int64_t> result = sizes.vec();
  for (std::size_t i = 2; i < result.size(); ++i) result[i] *= 2;
  return result;
}

/// What max pooling by 2 gives as indices.
Input indices(std::vector<Axis> axes) {
  return {std::move(axes), [](at::IntArrayRef sizes) {
            const Tensor larger = at::randn(doubled(sizes));
            if (sizes.size() == 3) return std::get<1>(at::max_pool1d_with_indices(larger, 2));
            if (sizes.size() == 4) return std::get<1>(at::max_pool2d_with_indices(larger, 2));
            return std::get<1>(at::max_pool3d_with_indices(larger, 2));
          }};
}

const std::vector<std::string> kUnpoolNames = {"input", "indices"};
const std::vector<Axis> kLine = {batch(2), 3, named("width", 5)};
const std::vector<Axis> kPlane = {batch(2), 3, named("height", 4), named("width", 5)};
const std::vector<Axis> kBlock = {batch(2), 3, named("depth", 2), named("height", 4),
                                  named("width", 5)};

/// Max pooling that returns its indices too.
Twin pooling_with_indices() {
  const auto make = [] {
    MaxPool2d layer(2);
    return TwinModel{make_module(layer,
                                 [layer](const Tensor& input) mutable {
                                   return layer->forward_with_indices(input);
                                 })
                         .arg_names({"input"}),
                     layer.ptr()};
  };
  return {"MaxPool2d_indices", make, {image()}};
}

}  // namespace

Twins pooling_twins() {
  return {
      layer<AvgPool1d>("AvgPool1d", AvgPool1dOptions(2), {sequence()}),
      layer<AvgPool2d>("AvgPool2d", AvgPool2dOptions(2), {image()}),
      layer<AvgPool2d>(
          "AvgPool2d_ceil",
          AvgPool2dOptions(3).stride(2).padding(1).ceil_mode(true).count_include_pad(false),
          {image()}),
      layer<AvgPool3d>("AvgPool3d", AvgPool3dOptions(2).stride({1, 2, 2}), {volume()}),
      layer<MaxPool1d>("MaxPool1d", MaxPool1dOptions(3).stride(2), {sequence()}),
      layer<MaxPool2d>("MaxPool2d", MaxPool2dOptions(2), {image()}),
      layer<MaxPool2d>("MaxPool2d_ceil",
                       MaxPool2dOptions({3, 2}).stride(2).padding(1).ceil_mode(true),
                       {normal({batch(2), 4, dynamic(9), dynamic(11, 2)})}),
      pooling_with_indices(),
      layer<MaxPool3d>("MaxPool3d", MaxPool3dOptions(2).dilation(2).stride(1), {volume()}),
      layer<AdaptiveAvgPool1d>("AdaptiveAvgPool1d", AdaptiveAvgPool1dOptions(3), {sequence()}),
      layer<AdaptiveAvgPool2d>("AdaptiveAvgPool2d", AdaptiveAvgPool2dOptions({3, 2}), {image()}),
      layer<AdaptiveAvgPool2d>("AdaptiveAvgPool2d_one", AdaptiveAvgPool2dOptions({1, 1}),
                               {image()}),
      layer<AdaptiveAvgPool2d>("AdaptiveAvgPool2d_keep",
                               AdaptiveAvgPool2dOptions({std::nullopt, 2}), {image()}),
      layer<AdaptiveAvgPool3d>("AdaptiveAvgPool3d", AdaptiveAvgPool3dOptions({2, 3, 2}),
                               {volume()}),
      layer<AdaptiveMaxPool1d>("AdaptiveMaxPool1d", AdaptiveMaxPool1dOptions(3), {sequence()}),
      layer<AdaptiveMaxPool2d>("AdaptiveMaxPool2d", AdaptiveMaxPool2dOptions({3, 2}), {image()}),
      layer<AdaptiveMaxPool3d>("AdaptiveMaxPool3d", AdaptiveMaxPool3dOptions({2, 3, 2}),
                               {volume()}),
      layer<MaxUnpool1d>("MaxUnpool1d", MaxUnpool1dOptions(2), {normal(kLine), indices(kLine)},
                         kUnpoolNames),
      layer<MaxUnpool2d>("MaxUnpool2d", MaxUnpool2dOptions(2), {normal(kPlane), indices(kPlane)},
                         kUnpoolNames),
      layer<MaxUnpool3d>("MaxUnpool3d", MaxUnpool3dOptions(2), {normal(kBlock), indices(kBlock)},
                         kUnpoolNames),
      layer<FractionalMaxPool2d>("FractionalMaxPool2d",
                                 FractionalMaxPool2dOptions(2).output_size(3), {image()}),
      layer<FractionalMaxPool2d>(
          "FractionalMaxPool2d_ratio",
          FractionalMaxPool2dOptions(2).output_ratio(torch::ExpandingArray<2, double>(0.5)),
          {image()}),
      layer<FractionalMaxPool3d>("FractionalMaxPool3d",
                                 FractionalMaxPool3dOptions(2).output_size(2), {volume()}),
      layer<LPPool1d>("LPPool1d", LPPool1dOptions(2, 3), {sequence()}),
      layer<LPPool2d>("LPPool2d", LPPool2dOptions(1.5, {3, 2}).stride(2), {image()}),
      layer<LPPool3d>("LPPool3d", LPPool3dOptions(2, 2), {volume()}),
  };
}

}  // namespace roundtrip
