#include "export/interpreter/graphs/auto_functionalized.h"

#include <utility>

#include "export/dispatch/auto_functionalized.h"
#include "export/dispatch/capture_handler.h"

namespace roundtrip {
namespace {

using c10::IValue;

class AutoFunctionalizedStep final : public Step {
 public:
  AutoFunctionalizedStep(AutoFunctionalized call, std::vector<Operand> keywords,
                         ResultSinks results)
      : call_(std::move(call)), keywords_(std::move(keywords)), results_(std::move(results)) {}

  void run(Frame& frame) const override {
    std::vector<IValue> keywords;
    for (const Operand& keyword : keywords_) keywords.push_back(keyword.load(frame));
    CaptureHandler* handler = current_handler();
    results_.store(frame, handler == nullptr
                              ? call_(keywords)
                              : handler->call_auto_functionalized(call_, std::move(keywords)));
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
