#include "tests/interop/twins/layer.h"

namespace roundtrip {
namespace {

using namespace torch::nn;

Input sequence() {
  return normal({batch(2), 4, dynamic(9)});
}
Input image() {
  return normal({batch(2), 4, dynamic(9), dynamic(11)});
}
Input volume() {
  return normal({batch(2), 4, dynamic(5), dynamic(6), dynamic(7)});
}

UpsampleOptions doubled(std::size_t dims) {
  return UpsampleOptions().scale_factor(std::vector<double>(dims, 2.0));
}

}  // namespace

Twins convolution_twins() {
  return {
      layer<Linear>("Linear", LinearOptions(4, 3), {normal({batch(2), 4})}),
      layer<Linear>("Linear_no_bias", LinearOptions(4, 3).bias(false), {normal({batch(2), 4})}),
      layer<Linear>("Linear_three_dims", LinearOptions(4, 3), {normal({batch(2), dynamic(5), 4})}),
      layer<Bilinear>("Bilinear", BilinearOptions(3, 4, 5),
                      {normal({batch(2), 3}), normal({batch(2), 4})}, {"input1", "input2"}),
      layer<Conv1d>("Conv1d", Conv1dOptions(4, 3, 3), {sequence()}),
      layer<Conv1d>("Conv1d_stride", Conv1dOptions(4, 3, 3).stride(2), {sequence()}),
      layer<Conv1d>("Conv1d_same", Conv1dOptions(4, 3, 4).padding(torch::kSame), {sequence()}),
      layer<Conv1d>("Conv1d_circular",
                    Conv1dOptions(4, 3, 3).padding(2).padding_mode(torch::kCircular), {sequence()}),
      layer<Conv2d>("Conv2d", Conv2dOptions(4, 6, 3), {image()}),
      layer<Conv2d>("Conv2d_groups", Conv2dOptions(4, 8, 3).groups(2).dilation(2).bias(false),
                    {image()}),
      layer<Conv2d>("Conv2d_stride", Conv2dOptions(4, 6, {3, 2}).stride({2, 3}).padding(1),
                    {image()}),
      layer<Conv2d>("Conv2d_valid", Conv2dOptions(4, 6, 3).padding(torch::kValid), {image()}),
      layer<Conv2d>("Conv2d_reflect",
                    Conv2dOptions(4, 6, 3).padding(1).padding_mode(torch::kReflect), {image()}),
      layer<Conv3d>("Conv3d", Conv3dOptions(4, 2, {2, 3, 3}).padding(1), {volume()}),
      layer<ConvTranspose1d>("ConvTranspose1d", ConvTranspose1dOptions(4, 3, 3).stride(2),
                             {sequence()}),
      layer<ConvTranspose2d>("ConvTranspose2d", ConvTranspose2dOptions(4, 3, 3), {image()}),
      layer<ConvTranspose2d>("ConvTranspose2d_stride",
                             ConvTranspose2dOptions(4, 6, 3).stride(2).padding(1).output_padding(1),
                             {image()}),
      layer<ConvTranspose3d>("ConvTranspose3d", ConvTranspose3dOptions(4, 2, 2).groups(2),
                             {volume()}),
      layer<Fold>("Fold", FoldOptions({4, 5}, {2, 2}), {normal({batch(2), 12, 12})}),
      layer<Unfold>("Unfold", UnfoldOptions({2, 3}).padding(1), {image()}),
      layer<Upsample>("Upsample", doubled(2), {image()}),
      layer<Upsample>("Upsample_size", UpsampleOptions().size(std::vector<int64_t>{8, 3}),
                      {image()}),
      layer<Upsample>("Upsample_linear", doubled(1).mode(torch::kLinear).align_corners(true),
                      {sequence()}),
      layer<Upsample>("Upsample_bilinear", doubled(2).mode(torch::kBilinear).align_corners(false),
                      {image()}),
      layer<Upsample>("Upsample_bicubic", doubled(2).mode(torch::kBicubic).align_corners(true),
                      {image()}),
      layer<Upsample>("Upsample_trilinear", doubled(3).mode(torch::kTrilinear).align_corners(false),
                      {volume()}),
  };
}

}  // namespace roundtrip
