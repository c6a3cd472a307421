#include "export/interpreter/control_flow/auto_functionalized.h"

#include <utility>

#include "export/capture/recording/auto_functionalized.h"
#include "export/capture/recording/recorder.h"
#include "export/dispatch/dispatch.h"
#include "export/dispatch/tensor_values.h"

namespace roundtrip {
namespace {

using c10::IValue;

void change_tensors(std::vector<IValue>& values,
                    const std::function<at::Tensor(const at::Tensor&)>& change) {
  for (IValue& value : values) value = map_tensors(value, change);
}

torch::jit::Stack record(Recorder& recorder, const AutoFunctionalized& call,
                         std::vector<IValue> keywords) {
  OperatorLayer* layer = recorder.layer();
  if (layer == nullptr) return record_auto_functionalized(recorder, call, keywords);
  change_tensors(keywords, [&](const at::Tensor& tensor) { return layer->below(tensor); });
  torch::jit::Stack results = record_auto_functionalized(recorder, call, keywords);
  change_tensors(results, [&](const at::Tensor& tensor) { return layer->above(tensor); });
  return results;
}

class AutoFunctionalizedStep final : public Step {
 public:
  AutoFunctionalizedStep(AutoFunctionalized call, std::vector<Operand> keywords,
                         ResultSinks results)
      : call_(std::move(call)), keywords_(std::move(keywords)), results_(std::move(results)) {}

  void run(Frame& frame) const override {
    std::vector<IValue> keywords;
    for (const Operand& keyword : keywords_) keywords.push_back(keyword.load(frame));
    Recorder* recorder = current_recorder();
    results_.store(frame, recorder == nullptr ? call_(keywords)
                                              : record(*recorder, call_, std::move(keywords)));
  }

 private:
  AutoFunctionalized call_;
  std::vector<Operand> keywords_;
  ResultSinks results_;
};

}  // namespace

std::unique_ptr<Step> make_auto_functionalized_step(CallReader& call) {
  const c10::OperatorHandle op = call.op();
  const std::size_t num_bases = call.keyword_size("_all_bases");
  AutoFunctionalized functional(op, call.keyword_names());
  std::vector<Operand> keywords = call.keywords(functional.schema());
  ResultSinks results = call.results(functional.num_own_results() + num_bases);
  return std::make_unique<AutoFunctionalizedStep>(std::move(functional), std::move(keywords),
                                                  std::move(results));
}

}  // namespace roundtrip
