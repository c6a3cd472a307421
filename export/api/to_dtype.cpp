#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>

#include <algorithm>
#include <unordered_map>

#include "export/decompose/inputs_to_run.h"

namespace roundtrip {

namespace {

bool is_inexact(c10::ScalarType dtype) {
  return at::isFloatingType(dtype) || at::isComplexType(dtype);
}

[[noreturn]] void refuse(c10::ScalarType dtype, const std::string& reason) {
  throw UnsupportedError(c10::str("the program cannot be had in ", dtype, ": ", reason,
                                  "; export the model again, in that type"));
}

/// What the model would do in another type is not known where the graph names one.
void require_no_dtype(const Graph& graph, c10::ScalarType dtype) {
  for (const Node& node : graph.nodes()) {
    for (const NamedArgument& input : node.inputs()) {
      const auto* named = input.arg.get<c10::ScalarType>();
      if (named == nullptr || !is_inexact(*named)) continue;
      refuse(dtype, c10::str("its node '", node.name().value_or(node.target()), "' asks for ",
                             *named, ", and whether the model would in another type is not known"));
    }
    for (const GraphArgument* subgraph : node.subgraphs()) {
      require_no_dtype(*subgraph->graph, dtype);
    }
  }
}

/// Parameters and buffers in another type. Names of one tensor stay names of one.
class ConvertedWeights {
 public:
  explicit ConvertedWeights(c10::ScalarType dtype) : dtype_(dtype) {}

  void convert(const std::string& name, Payload& payload) {
    auto* tensor = std::get_if<at::Tensor>(&payload.data);
    if (tensor == nullptr) refuse(dtype_, "'" + name + "' is a pickled object");
    if (at::isComplexType(tensor->scalar_type())) refuse(dtype_, "'" + name + "' is complex");
    if (at::isFloatingType(tensor->scalar_type())) *tensor = converted(name, *tensor);
  }

 private:
  at::Tensor converted(const std::string& name, const at::Tensor& tensor) {
    at::Tensor& known = tensors_[tensor.unsafeGetTensorImpl()];
    if (known.defined()) return known;
    const auto [owner, is_new] = owners_.emplace(tensor.storage().unsafeGetStorageImpl(), name);
    if (!is_new) refuse(dtype_, "'" + owner->second + "' and '" + name + "' share memory");
    const at::NoGradGuard no_grad;
    known = tensor.to(dtype_).detach().set_requires_grad(tensor.requires_grad());
    return known;
  }

  c10::ScalarType dtype_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> tensors_;
  std::unordered_map<const c10::StorageImpl*, std::string> owners_;
};

void convert_state(Program& program, c10::ScalarType dtype) {
  ConvertedWeights weights(dtype);
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    if (spec.kind != InputKind::parameter && spec.kind != InputKind::buffer) continue;
    Payload* payload = program.weights.find(spec.target);
    if (payload == nullptr) payload = program.constants.find(spec.target);
    if (payload != nullptr) weights.convert(spec.target, *payload);
  }
}

void convert_inputs(Program& program, c10::ScalarType dtype) {
  Graph& graph = program.graph_module.graph;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    GraphValue* value = spec.arg.as_value();
    const TensorMeta* meta = value != nullptr ? value->tensor() : nullptr;
    const bool is_constant = spec.kind == InputKind::tensor_constant;
    if (meta == nullptr || is_constant || !at::isFloatingType(meta->dtype)) continue;
    TensorMeta converted = *meta;
    converted.dtype = dtype;
    graph.set_type(*value, std::move(converted));
  }
}

Value in_dtype(const Value& value, c10::ScalarType dtype) {
  if (value.is_tensor()) {
    const at::Tensor& tensor = value.tensor();
    return at::isFloatingType(tensor.scalar_type()) ? tensor.to(dtype) : tensor;
  }
  if (!value.is_container()) return value;
  Container container = value.container();
  for (Value& item : container.items) item = in_dtype(item, dtype);
  return container;
}

ExampleInputs in_dtype(ExampleInputs inputs, c10::ScalarType dtype) {
  for (Value& arg : inputs.args) arg = in_dtype(arg, dtype);
  for (auto& [name, arg] : inputs.kwargs) arg = in_dtype(arg, dtype);
  return inputs;
}

}  // namespace

ExportedProgram ExportedProgram::to(c10::ScalarType dtype) const {
  if (!at::isFloatingType(dtype)) refuse(dtype, "it is no floating type");
  Program converted = program();
  const auto& dialects = converted.verifiers;
  if (std::find(dialects.begin(), dialects.end(), "TRAINING") == dialects.end()) {
    refuse(dtype, "it is decomposed");
  }
  require_no_dtype(converted.graph_module.graph, dtype);
  const ExampleInputs inputs = in_dtype(inputs_to_run(converted), dtype);
  convert_state(converted, dtype);
  convert_inputs(converted, dtype);
  ExportedProgram result =
      export_program(call_again(ExportedProgram(std::move(converted)), inputs));
  result.edit([&](Program& edited) {
    edited.allowed = program().allowed;
    edited.extra_files = program().extra_files;
    edited.warnings = program().warnings;
  });
  return result;
}

}  // namespace roundtrip
