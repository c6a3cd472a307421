#include "export/capture/recording/data_sizes.h"
#include "export/capture/recording/data_slices.h"
#include "export/capture/recording/packed_batch.h"
#include "export/capture/recording/recorder.h"
#include "export/fake/fake_mode.h"
#include "export/operators/schema.h"
#include "export/shapes/rules/arithmetic.h"
#include "export/tracing/traced_tensor.h"

/// The part of the recorder that is about results of operators: their layouts, their names, and
/// what forward gets of them.

namespace roundtrip {
namespace {

using c10::IValue;

std::vector<at::Tensor> flat_tensors(const torch::jit::Stack& results) {
  std::vector<at::Tensor> tensors;
  for (const IValue& result : results) {
    if (result.isTensor()) tensors.push_back(result.toTensor());
    if (!result.isTensorList()) continue;
    for (const at::Tensor& tensor : result.toTensorVector()) tensors.push_back(tensor);
  }
  return tensors;
}

bool is_number(const IValue& result) {
  return result.isInt() || result.isSymInt() || result.isSymFloat() || result.isSymBool();
}

/// What an operator says of sizes, in contrast to an integer that it may have of anything.
bool is_size(const c10::Argument& result) {
  return result.real_type()->kind() == c10::TypeKind::SymIntType;
}

}  // namespace

/// Names a node and its results as fx does: one tensor bears the node's name, several are
/// `getitem`s of it. Results become traced tensors in place of concrete ones.
class Recorder::ResultNames {
 public:
  /// `layouts` are declared by the operator, or inferred.
  ResultNames(Recorder& recorder, const OperatorCall& call, const Layouts& layouts, bool declared)
      : recorder_(recorder),
        call_(call),
        next_(layouts.empty() ? nullptr : layouts.data()),
        has_numbers_(declared || layouts.empty()) {}

  void name(torch::jit::Stack& results, NodeFields& node) {
    const bool single = results.size() == 1 && (results[0].isTensor() || is_number(results[0]));
    candidate_ = single ? call_.facts.fx_name : "getitem";
    if (!single) node.name = recorder_.graph_.new_name(call_.facts.fx_name);
    for (std::size_t i = 0; i < results.size(); ++i) {
      node.outputs.push_back(name(results[i], call_.op.schema().returns()[i]));
    }
    const GraphValue* value = single ? node.outputs[0].as_value() : nullptr;
    if (value != nullptr) node.name = value->name();
  }

 private:
  Argument name(IValue& result, const c10::Argument& formal) {
    if (const auto written = written_argument(call_.op.schema(), formal)) {
      result = call_.arguments[*written];
      return recorder_.values_.define_written(result.toTensor(), candidate_, next_layout());
    }
    if (is_number(result) && is_size(formal) && has_numbers_) return name_number(result);
    if (result.isTensor()) return name_tensor(result);
    if (result.isTensorList()) return name_list(result);
    throw UnsupportedError("forward calls an operator that returns a " + result.tagKind() +
                           " beside tensors, which is not supported yet");
  }

  Argument name_tensor(IValue& result) {
    const SymbolicLayout* layout = next_layout();
    if (!result.toTensor().defined()) return NoneArgument{};
    const at::Tensor traced =
        recorder_.values_.define_traced(result.toTensor(), candidate_, layout);
    result = traced;
    return *as_traced(traced)->value();
  }

  Argument name_list(IValue& result) {
    std::vector<TensorArgument> values;
    c10::List<at::Tensor> tensors;
    for (const at::Tensor& concrete : result.toTensorVector()) {
      const at::Tensor traced = recorder_.values_.define_traced(concrete, "getitem", next_layout());
      values.push_back({as_traced(traced)->value()});
      tensors.push_back(traced);
    }
    result = std::move(tensors);
    return values;
  }

  /// A plain size that no dynamic one decides has a name, and forward gets it as it is.
  Argument name_number(IValue& number) {
    if (number.isSymFloat() || number.isSymBool()) {
      throw UnsupportedError("forward calls an operator that returns a symbolic " +
                             number.tagKind() + ", which is not supported yet");
    }
    const Expr expr = expr_of(number.isInt() ? c10::SymInt(number.toInt()) : number.toSymInt());
    GraphValue& value =
        recorder_.graph_.define(SymbolicValue{expr, SymbolType::integer}, candidate_);
    if (number.isSymInt()) number = recorder_.numbers_.symbolic(value);
    return value;
  }

  const SymbolicLayout* next_layout() { return next_ == nullptr ? nullptr : next_++; }

  Recorder& recorder_;
  const OperatorCall& call_;
  const SymbolicLayout* next_;
  const bool has_numbers_;
  std::string candidate_;
};

void Recorder::record(const OperatorCall& call, torch::jit::Stack& results,
                      std::optional<Layouts> declared) {
  NodeFields node;
  node.target = call.facts.target;
  if (gives_memory(call) && results[0].toTensor().is_cpu()) {
    node.inputs = inputs_of(call);
    node.metadata = graph_.new_metadata(node.target);
    return values_.hold_empty(results[0].toTensor(), std::move(node));
  }
  if (!graph_.symbols().is_dry_run) node.inputs = inputs_of(call);
  const bool is_declared = declared.has_value();
  const Layouts layouts = is_declared ? std::move(*declared) : infer_layouts(call, results);
  ResultNames(*this, call, layouts, is_declared).name(results, node);
  numbers_.bind_new_symbols(graph_.append(std::move(node), call.facts.writes));
}

Recorder::Layouts Recorder::infer_layouts(const OperatorCall& call,
                                          const torch::jit::Stack& results) {
  if (graph_.symbols().is_dry_run || !(call.is_symbolic || call.has_data_sizes)) return {};
  const std::vector<at::Tensor> tensors = flat_tensors(results);
  if (tensors.empty()) return {};
  const WithoutFake without_fake;  // kernels run on sizes alone
  const NewSize new_size = [this](std::int64_t value, const c10::SymInt& most) {
    return numbers_.new_size_up_to(value, most);
  };
  if (call.has_data_sizes) {
    return data_sized_layouts(call.facts.data_layout, call.arguments, tensors, new_size,
                              [this](const at::Tensor& batch_sizes) {
                                return batch_of_packed(graph_, value_of(batch_sizes));
                              });
  }
  if (call.facts.special == SpecialOperator::slice && is_slice_by_data(call.arguments)) {
    return {layout_of_slice_by_data(call.arguments, tensors[0], new_size)};
  }
  auto inferred = infer_shapes(call.op, call.arguments, tensors, value_in_this_run);
  if (!inferred) {
    throw UnsupportedError(
        c10::str("the sizes of the result of ", call.op.schema().operator_name(),
                 " as a function of dynamic sizes are not known: there is no rule for it. Make the "
                 "dimensions it is called with static"));
  }
  // Python asks this of every result for its metadata, which guards its sizes.
  for (const SymbolicLayout& layout : inferred->results) {
    shapes::is_contiguous_or_false(layout.sizes, layout.strides);
  }
  return std::move(inferred->results);
}

}  // namespace roundtrip
