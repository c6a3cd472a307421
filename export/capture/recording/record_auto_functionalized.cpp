#include "export/capture/recording/record_auto_functionalized.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include "export/capture/recording/declared_results.h"
#include "export/capture/trace/arguments.h"
#include "export/dispatch/capture_handler.h"
#include "export/dispatch/tensor_values.h"
#include "export/graph/target.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// The results of a call in this run, with the symbolic layouts that they have.
class CallResults {
 public:
  CallResults(Recorder& recorder, const AutoFunctionalized& call,
              const std::vector<IValue>& keywords)
      : recorder_(recorder), call_(call), bases_(keywords.back().toTensorVector()) {
    std::vector<IValue> arguments;
    for (const IValue& keyword : keywords) arguments.push_back(concrete_of_value(keyword));
    results_ = call(arguments);
    for (const IValue& keyword : keywords) {
      visit_tensors(keyword, [this](const at::Tensor& tensor) {
        is_symbolic_ = is_symbolic_ || symbolic_layout(tensor) != nullptr;
      });
    }
    if (!is_symbolic_) require_known_sizes(arguments);
  }

  Values values() const {
    Values values;
    for (const IValue& concrete : results_)
      values.push_back(concrete.isNone() ? Value() : value_of(concrete));
    return values;
  }

  /// An operator may give one of the tensors that it wrote to: then the result is the
  /// base's new value.
  torch::jit::Stack in_place_of(const Values& traced) const {
    torch::jit::Stack results;
    for (std::size_t i = 0; i < traced.size(); ++i) {
      const Value& value = traced[results_[i].isNone() ? i : last_same(i)];
      results.push_back(value.is_none() ? IValue() : IValue(value.tensor()));
    }
    return results;
  }

 private:
  std::size_t last_same(std::size_t index) const {
    std::size_t last = index;
    for (std::size_t i = index; i < results_.size(); ++i) {
      if (results_[i].isTensor() && results_[i].toTensor().is_same(results_[index].toTensor()))
        last = i;
    }
    return last;
  }

  /// Of the operator's own results: by its Meta kernel data must not decide them.
  void require_known_sizes(const std::vector<IValue>& arguments) {
    const torch::jit::Stack own(
        results_.begin(),
        results_.begin() + static_cast<std::ptrdiff_t>(call_.op().schema().returns().size()));
    const auto declared = declare_results(
        recorder_, call_.op(), call_.arguments(arguments, arguments.back().toTensorVector()), own);
    for (const SymbolicLayout& layout : declared.layouts) {
      for (const c10::SymInt& size : layout.sizes) {
        if (size.is_symbolic()) refuse_sizes("of data");
      }
    }
  }

  [[noreturn]] void refuse_sizes(const char* what) const {
    throw UnsupportedError(c10::str("the sizes of the result of ", call_.op().operator_name(),
                                    " as a function ", what, " are not known"));
  }

  Value value_of(const IValue& concrete) const {
    const std::size_t own = call_.num_own_results();
    for (std::size_t i = 0; i < bases_.size(); ++i) {
      if (!results_[own + i].toTensor().is_same(concrete.toTensor())) continue;
      const SymbolicLayout* layout = symbolic_layout(bases_[i]);
      return layout == nullptr ? concrete.toTensor()
                               : with_layout(concrete.toTensor(), *layout, recorder_.symbols());
    }
    if (!is_symbolic_) return concrete.toTensor();
    refuse_sizes("of dynamic sizes");
  }

  Recorder& recorder_;
  const AutoFunctionalized& call_;
  std::vector<at::Tensor> bases_;
  torch::jit::Stack results_;
  bool is_symbolic_ = false;
};

}  // namespace

torch::jit::Stack record_auto_functionalized(Recorder& recorder, const AutoFunctionalized& call,
                                             const std::vector<IValue>& keywords) {
  const WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*recorder.symbols());
  std::vector<NamedArgument> inputs{
      {"", OperatorArgument{target_of(call.op().schema())}, ArgumentKind::positional}};
  for (NamedArgument& input : named_arguments(
           call.schema(), keywords,
           [&](const at::Tensor& tensor) -> GraphValue& { return recorder.value_of(tensor); },
           [&](const c10::SymNode& number) { return recorder.numbers().argument(number); })) {
    inputs.push_back(std::move(input));
  }
  const CallResults results(recorder, call, keywords);
  return results.in_place_of(
      recorder.call_higher_order("auto_functionalized_v2", std::move(inputs), results.values()));
}

}  // namespace roundtrip
