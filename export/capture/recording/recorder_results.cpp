#include "export/capture/recording/recorder.h"
#include "export/capture/trace/arguments.h"
#include "export/operators/schema.h"
#include "export/tracing/traced_tensor.h"

/// The part of the recorder that is about results of operators: their names, and what
/// forward gets of them.

namespace roundtrip {
namespace {

using c10::IValue;

bool is_number(const IValue& result) {
  return result.isInt() || result.isSymInt() || result.isSymFloat() || result.isSymBool();
}

/// What an operator says of sizes, in contrast to an integer that it may have of anything.
bool is_size(const c10::Argument& result) {
  return result.real_type()->kind() == c10::TypeKind::SymIntType;
}

}  // namespace

/// Names the node and its results as fx does: one tensor bears the node's name,
/// several are `getitem`s of it. `results` get traced tensors in place of twins.
void Recorder::name_results(const OperatorCall& call, torch::jit::Stack& results,
                            schema::Node& node) {
  const auto& schema = call.op.schema();
  const bool declared = declared_.has_value();
  const std::vector<SymbolicLayout> layouts = find_layouts(call, results);
  const SymbolicLayout* layout = layouts.empty() ? nullptr : layouts.data();
  const std::string& candidate = call.facts.fx_name;
  const bool single = results.size() == 1 && (results[0].isTensor() || is_number(results[0]));
  if (!single) node.name = trace_.names.create(candidate);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string& name = single ? candidate : "getitem";
    const auto written = written_argument(schema, schema.returns()[i]);
    if (written) {
      results[i] = call.arguments[*written];
      node.outputs.push_back(name_written(results[i].toTensor(), name, layout));
      if (layout != nullptr) ++layout;
    } else if (is_number(results[i]) && is_size(schema.returns()[i]) &&
               (declared || layouts.empty())) {
      node.outputs.push_back(name_number(results[i], name));
    } else {
      node.outputs.push_back(name_result(results[i], name, layout));
    }
  }
  if (single) visit_value_names(node.outputs[0], [&](std::string& name) { node.name = name; });
}

schema::Argument Recorder::name_written(const at::Tensor& argument, const std::string& candidate,
                                        const SymbolicLayout* layout) {
  const auto renamed = [&](const std::string& old, const at::Tensor& twin) {
    std::string value = define(twin, candidate);
    if (outside_.contains(old)) outside_.insert(value);
    return value;
  };
  if (auto* written = as_traced(argument)) {
    written->refresh();
    written->set_value(renamed(written->value(), written->twin()));
    if (layer_ == nullptr && written->twin().requires_grad() && !argument.requires_grad()) {
      functions_.require_gradient(argument, trace_);
    }
    set_layout(*written, layout);
    return {schema::TensorArgument{written->value()}};
  }
  std::string& value = plain_[argument.unsafeGetTensorImpl()];
  value = renamed(value, argument);
  return {schema::TensorArgument{value}};
}

/// A plain size that no dynamic one decides has a name, and forward gets it as it is.
schema::Argument Recorder::name_number(IValue& number, const std::string& candidate) {
  const bool real = number.isSymFloat(), condition = number.isSymBool();
  if (real || condition) {
    throw UnsupportedError("forward calls an operator that returns a symbolic " + number.tagKind() +
                           ", which is not supported yet");
  }
  const std::string name = trace_.names.create(candidate);
  const Expr expr = expr_of(number.isInt() ? c10::SymInt(number.toInt()) : number.toSymInt());
  trace_.numbers.emplace(name, SymbolicValue{expr, SymbolType::integer});
  if (number.isSymInt()) number = make_sym_int(trace_.symbols, expr, number_place(name));
  return {schema::SymIntArgument{name}};
}

at::Tensor Recorder::define_traced(const at::Tensor& twin, const std::string& candidate,
                                   const SymbolicLayout* layout) {
  return traced(twin, define(twin, candidate), layout);
}

/// Moves `layout` on by as many as the result has tensors.
schema::Argument Recorder::name_result(IValue& result, const std::string& candidate,
                                       const SymbolicLayout*& layout) {
  const auto next_layout = [&] { return layout == nullptr ? nullptr : layout++; };
  if (result.isTensor()) {
    const SymbolicLayout* own = next_layout();
    if (!result.toTensor().defined()) return {NoneArgument{}};
    result = define_traced(result.toTensor(), candidate, own);
    return {schema::TensorArgument{as_traced(result.toTensor())->value()}};
  }
  if (result.isTensorList()) {
    std::vector<schema::TensorArgument> names;
    c10::List<at::Tensor> tensors;
    for (const at::Tensor& twin : result.toTensorVector()) {
      tensors.push_back(define_traced(twin, "getitem", next_layout()));
      names.push_back({as_traced(tensors.get(tensors.size() - 1))->value()});
    }
    result = std::move(tensors);
    return {std::move(names)};
  }
  throw UnsupportedError("forward calls an operator that returns a " + result.tagKind() +
                         " beside tensors, which is not supported yet");
}

}  // namespace roundtrip
