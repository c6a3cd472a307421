#include "tests/interop/twins/layer.h"

namespace roundtrip {
namespace {

using namespace torch::nn;

Input matrix() {
  return normal({batch(2), dynamic(6)});
}
Input volume() {
  return normal({batch(2), 4, dynamic(3), dynamic(5)});
}

}  // namespace

Twins activation_twins() {
  return {
      layer<ELU>("ELU", {matrix()}),
      layer<ELU>("ELU_inplace", ELUOptions().alpha(0.5).inplace(true), {matrix()}),
      layer<SELU>("SELU", {matrix()}),
      layer<CELU>("CELU", CELUOptions().alpha(0.7), {matrix()}),
      layer<GELU>("GELU", {matrix()}),
      layer<GELU>("GELU_tanh", GELUOptions().approximate("tanh"), {matrix()}),
      layer<GLU>("GLU", GLUOptions(1), {normal({batch(2), dynamic(6, 2)})}),
      layer<Hardshrink>("Hardshrink", {matrix()}),
      layer<Hardtanh>("Hardtanh", HardtanhOptions().min_val(-0.5).max_val(2), {matrix()}),
      layer<LeakyReLU>("LeakyReLU", LeakyReLUOptions().negative_slope(0.2), {matrix()}),
      layer<LogSigmoid>("LogSigmoid", {matrix()}),
      layer<Softmax>("Softmax", SoftmaxOptions(1), {matrix()}),
      layer<Softmin>("Softmin", SoftminOptions(0), {matrix()}),
      layer<LogSoftmax>("LogSoftmax", LogSoftmaxOptions(-1), {matrix()}),
      layer<Softmax2d>("Softmax2d", {volume()}),
      layer<PReLU>("PReLU", {matrix()}),
      layer<PReLU>("PReLU_channels", PReLUOptions().num_parameters(4), {volume()}),
      layer<ReLU>("ReLU", {matrix()}),
      layer<ReLU>("ReLU_inplace", ReLUOptions().inplace(true), {matrix()}),
      layer<ReLU6>("ReLU6", {matrix()}),
      layer<RReLU>("RReLU", {matrix()}),
      eval_layer<RReLU>("RReLU_eval", RReLUOptions().upper(0.5), {matrix()}),
      layer<SiLU>("SiLU", {matrix()}),
      layer<Mish>("Mish", {matrix()}),
      layer<Sigmoid>("Sigmoid", {matrix()}),
      layer<Softplus>("Softplus", SoftplusOptions().beta(2), {matrix()}),
      layer<Softshrink>("Softshrink", SoftshrinkOptions(0.3), {matrix()}),
      layer<Softsign>("Softsign", {matrix()}),
      layer<Tanh>("Tanh", {matrix()}),
      layer<Tanhshrink>("Tanhshrink", {matrix()}),
      layer<Threshold>("Threshold", ThresholdOptions(0.1, 20), {matrix()}),
      layer<Identity>("Identity", {matrix()}),
      layer<Dropout>("Dropout", DropoutOptions(0.3), {matrix()}),
      eval_layer<Dropout>("Dropout_eval", DropoutOptions(0.3), {matrix()}),
      layer<Dropout2d>("Dropout2d", {volume()}),
      layer<Dropout3d>("Dropout3d", {normal({batch(2), 4, dynamic(2), dynamic(3), dynamic(2)})}),
      layer<AlphaDropout>("AlphaDropout", {matrix()}),
      eval_layer<AlphaDropout>("AlphaDropout_eval", AlphaDropoutOptions(0.2), {matrix()}),
      layer<FeatureAlphaDropout>("FeatureAlphaDropout", {volume()}),
      layer<Flatten>("Flatten", {volume()}),
      layer<Unflatten>("Unflatten", UnflattenOptions(1, {2, 3}),
                       {normal({batch(2), 6, dynamic(3)})}),
      layer<CosineSimilarity>("CosineSimilarity", {matrix(), normal({batch(2), 1})}, {"x1", "x2"}),
      layer<PairwiseDistance>(
          "PairwiseDistance", PairwiseDistanceOptions().keepdim(true),
          {normal({batch(2), named("width", 6)}), normal({batch(2), named("width", 6)})},
          {"x1", "x2"}),
      layer<PixelShuffle>("PixelShuffle", PixelShuffleOptions(2),
                          {normal({batch(2), 8, dynamic(3), dynamic(5)})}),
      layer<PixelUnshuffle>("PixelUnshuffle", PixelUnshuffleOptions(2),
                            {normal({batch(2), 3, dynamic(4, 2), dynamic(6, 2)})}),
  };
}

}  // namespace roundtrip
