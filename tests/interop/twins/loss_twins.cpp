#include "tests/interop/twins/layer.h"

namespace roundtrip {
namespace {

using namespace torch::nn;
using at::Tensor;

const std::vector<Axis> kMatrix = {batch(3), named("width", 5)};
const std::vector<Axis> kRows = {batch(3)};
Input scores() {
  return normal({batch(3), 5});
}
Input classes() {
  return integers(5, {batch(3)});
}

const std::vector<std::string> kPair = {"input1", "input2", "target"};
const std::vector<std::string> kTriplet = {"anchor", "positive", "negative"};

Input log_probabilities() {
  return {{dynamic(10), batch(3), 5},
          [](at::IntArrayRef sizes) { return at::randn(sizes).log_softmax(2); }};
}

/// Labels from 1 to 4: 0 is CTC's blank.
Input labels() {
  return {{batch(3), 4}, [](at::IntArrayRef sizes) { return at::randint(1, 5, sizes, at::kLong); }};
}

Input lengths(std::int64_t length) {
  return {{batch(3)},
          [length](at::IntArrayRef sizes) { return at::full(sizes, length, at::kLong); }};
}

/// Class numbers in the first columns, then -1.
Input label_lists() {
  return {{batch(3), 5}, [](at::IntArrayRef sizes) {
            return at::tensor({3, 0, -1, 1, 2}, at::kLong).expand(sizes).contiguous();
          }};
}

AdaptiveLogSoftmaxWithLoss adaptive_softmax() {
  return AdaptiveLogSoftmaxWithLoss(AdaptiveLogSoftmaxWithLossOptions(8, 12, {4, 8}).div_value(2));
}

Twin adaptive_softmax_loss() {
  const auto make = [] {
    auto layer = adaptive_softmax();
    return TwinModel{make_module(layer,
                                 [layer](const Tensor& input, const Tensor& target) mutable {
                                   const ASMoutput result = layer->forward(input, target);
                                   return std::tuple(result.output, result.loss);
                                 })
                         .arg_names({"input", "target"}),
                     layer.ptr()};
  };
  return {"AdaptiveLogSoftmaxWithLoss", make, {normal({batch(3), 8}), integers(12, {batch(3)})}};
}

Twin adaptive_softmax_log_prob() {
  const auto make = [] {
    auto layer = adaptive_softmax();
    return TwinModel{
        make_module(layer, [layer](const Tensor& input) mutable { return layer->log_prob(input); })
            .arg_names({"input"}),
        layer.ptr()};
  };
  return {"AdaptiveLogSoftmaxWithLoss_log_prob", make, {normal({batch(3), 8})}};
}

}  // namespace

Twins loss_twins() {
  return {
      layer<L1Loss>("L1Loss", {normal(kMatrix), normal(kMatrix)}),
      layer<L1Loss>("L1Loss_none", L1LossOptions(torch::kNone), {normal(kMatrix), normal(kMatrix)}),
      layer<MSELoss>("MSELoss", {normal(kMatrix), normal(kMatrix)}),
      layer<MSELoss>("MSELoss_sum", MSELossOptions(torch::kSum),
                     {normal(kMatrix), normal(kMatrix)}),
      layer<KLDivLoss>("KLDivLoss", KLDivLossOptions(torch::kBatchMean),
                       {normal(kMatrix), uniform(kMatrix)}),
      layer<KLDivLoss>("KLDivLoss_log_target", KLDivLossOptions(torch::kMean).log_target(true),
                       {normal(kMatrix), normal(kMatrix)}),
      layer<BCELoss>("BCELoss", {uniform(kMatrix), uniform(kMatrix)}),
      layer<BCEWithLogitsLoss>("BCEWithLogitsLoss", {normal(kMatrix), uniform(kMatrix)}),
      layer<HingeEmbeddingLoss>("HingeEmbeddingLoss", HingeEmbeddingLossOptions().margin(2),
                                {normal(kMatrix), signs(kMatrix)}),
      layer<MultiMarginLoss>("MultiMarginLoss", MultiMarginLossOptions().margin(2),
                             {scores(), classes()}),
      layer<CosineEmbeddingLoss>("CosineEmbeddingLoss", CosineEmbeddingLossOptions().margin(0.5),
                                 {normal(kMatrix), normal(kMatrix), signs(kRows)}, kPair),
      layer<SmoothL1Loss>("SmoothL1Loss", {normal(kMatrix), normal(kMatrix)}),
      layer<HuberLoss>("HuberLoss", HuberLossOptions().delta(0.5),
                       {normal(kMatrix), normal(kMatrix)}),
      layer<MultiLabelMarginLoss>("MultiLabelMarginLoss", {scores(), label_lists()}),
      layer<SoftMarginLoss>("SoftMarginLoss", {normal(kMatrix), signs(kMatrix)}),
      layer<MultiLabelSoftMarginLoss>("MultiLabelSoftMarginLoss",
                                      {normal(kMatrix), uniform(kMatrix)}),
      layer<TripletMarginLoss>("TripletMarginLoss", TripletMarginLossOptions().swap(true),
                               {normal(kMatrix), normal(kMatrix), normal(kMatrix)}, kTriplet),
      layer<TripletMarginWithDistanceLoss>("TripletMarginWithDistanceLoss",
                                           {normal(kMatrix), normal(kMatrix), normal(kMatrix)},
                                           kTriplet),
      layer<CTCLoss>("CTCLoss", {log_probabilities(), labels(), lengths(10), lengths(4)},
                     {"log_probs", "targets", "input_lengths", "target_lengths"}),
      layer<PoissonNLLLoss>("PoissonNLLLoss", PoissonNLLLossOptions().full(true),
                            {normal(kMatrix), uniform(kMatrix)}, {"log_input", "target"}),
      layer<MarginRankingLoss>("MarginRankingLoss", MarginRankingLossOptions().margin(0.2),
                               {normal(kRows), normal(kRows), signs(kRows)}, kPair),
      layer<NLLLoss>("NLLLoss", {scores(), classes()}),
      layer<CrossEntropyLoss>("CrossEntropyLoss", {scores(), classes()}),
      layer<CrossEntropyLoss>("CrossEntropyLoss_smooth",
                              CrossEntropyLossOptions().label_smoothing(0.1).ignore_index(2),
                              {scores(), classes()}),
      adaptive_softmax_loss(),
      adaptive_softmax_log_prob(),
  };
}

}  // namespace roundtrip
