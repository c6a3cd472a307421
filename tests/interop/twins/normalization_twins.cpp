#include "tests/interop/twins/layer.h"

namespace roundtrip {
namespace {

using namespace torch::nn;

Input matrix() {
  return normal({batch(3), 4});
}
Input sequence() {
  return normal({batch(3), 4, dynamic(5)});
}
Input image() {
  return normal({batch(3), 4, dynamic(5), dynamic(6)});
}
Input volume() {
  return normal({batch(3), 4, dynamic(2), dynamic(3), dynamic(5)});
}

InstanceNormOptions affine() {
  return InstanceNormOptions(4).affine(true);
}

}  // namespace

Twins normalization_twins() {
  return {
      layer<BatchNorm1d>("BatchNorm1d", 4, {matrix()}),
      eval_layer<BatchNorm1d>("BatchNorm1d_eval", 4, {matrix()}),
      eval_layer<BatchNorm1d>("BatchNorm1d_sequence_eval", 4, {sequence()}),
      layer<BatchNorm2d>("BatchNorm2d", 4, {image()}),
      eval_layer<BatchNorm2d>("BatchNorm2d_eval", 4, {image()}),
      layer<BatchNorm2d>("BatchNorm2d_plain",
                         BatchNorm2dOptions(4).affine(false).track_running_stats(false), {image()}),
      layer<BatchNorm3d>("BatchNorm3d", BatchNorm3dOptions(4).momentum(0.3), {volume()}),
      eval_layer<BatchNorm3d>("BatchNorm3d_eval", 4, {volume()}),
      layer<InstanceNorm1d>("InstanceNorm1d", 4, {sequence()}),
      layer<InstanceNorm2d>("InstanceNorm2d", affine(), {image()}),
      layer<InstanceNorm2d>("InstanceNorm2d_stats", affine().track_running_stats(true), {image()}),
      eval_layer<InstanceNorm2d>("InstanceNorm2d_eval", affine().track_running_stats(true),
                                 {image()}),
      layer<InstanceNorm3d>("InstanceNorm3d", affine(), {volume()}),
      layer<GroupNorm>("GroupNorm", GroupNormOptions(2, 4), {image()}),
      layer<GroupNorm>("GroupNorm_plain", GroupNormOptions(4, 4).affine(false), {sequence()}),
      layer<LayerNorm>("LayerNorm", LayerNormOptions({4}), {matrix()}),
      layer<LayerNorm>("LayerNorm_two_dims", LayerNormOptions({3, 4}),
                       {normal({batch(2), dynamic(5), 3, 4})}),
      layer<LayerNorm>("LayerNorm_plain", LayerNormOptions({4}).elementwise_affine(false),
                       {matrix()}),
      layer<LocalResponseNorm>("LocalResponseNorm", LocalResponseNormOptions(2), {image()}),
      layer<CrossMapLRN2d>("CrossMapLRN2d", CrossMapLRN2dOptions(2), {image()}),
      layer<ReflectionPad1d>("ReflectionPad1d", ReflectionPad1dOptions({1, 2}), {sequence()}),
      layer<ReflectionPad2d>("ReflectionPad2d", ReflectionPad2dOptions({1, 2, 2, 0}), {image()}),
      layer<ReflectionPad3d>("ReflectionPad3d", ReflectionPad3dOptions(1), {volume()}),
      layer<ReplicationPad1d>("ReplicationPad1d", ReplicationPad1dOptions({3, 1}), {sequence()}),
      layer<ReplicationPad2d>("ReplicationPad2d", ReplicationPad2dOptions({1, 1, 2, 0}), {image()}),
      layer<ReplicationPad3d>("ReplicationPad3d", ReplicationPad3dOptions(2), {volume()}),
      layer<ZeroPad1d>("ZeroPad1d", ZeroPad1dOptions({3, 1}), {sequence()}),
      layer<ZeroPad2d>("ZeroPad2d", ZeroPad2dOptions({1, 1, 2, 0}), {image()}),
      layer<ZeroPad3d>("ZeroPad3d", ZeroPad3dOptions(1), {volume()}),
      layer<ConstantPad1d>("ConstantPad1d", ConstantPad1dOptions({3, -1}, 3.5), {sequence()}),
      layer<ConstantPad2d>("ConstantPad2d", ConstantPad2dOptions({1, 1, 2, 0}, -1), {image()}),
      layer<ConstantPad3d>("ConstantPad3d", ConstantPad3dOptions(1, 0.5), {volume()}),
  };
}

}  // namespace roundtrip
