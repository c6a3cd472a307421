#include "export/decompose/inputs_to_run.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include "export/program/pickle/example_inputs.h"

namespace roundtrip {
namespace {

/// Makes leaves of what the graph says of its inputs.
class InputMaker {
 public:
  InputMaker() : generator_(at::detail::createCPUGenerator(0)) {}

  Value make(const Argument& input) {
    if (const auto* tensor = input.get<TensorArgument>()) {
      if (const TensorMeta* meta = tensor->value->tensor()) return make_tensor(*meta);
    }
    if (const auto* number = input.get<SymIntArgument>()) {
      if (const auto* plain = std::get_if<std::int64_t>(&number->value)) return *plain;
      const auto* size = std::get_if<SymInt>(&input.as_value()->type());
      if (size != nullptr) return this->number(*size);
    }
    if (input.get<NoneArgument>()) return {};
    throw CaptureError(
        "the program has no example inputs, and an input of it is neither a tensor nor an "
        "integer: give it example inputs");
  }

 private:
  static std::int64_t number(const SymInt& size) {
    if (const auto* plain = std::get_if<std::int64_t>(&size)) return *plain;
    const SymExpr& expr = std::get<SymExpr>(size);
    if (expr.hint && std::holds_alternative<std::int64_t>(*expr.hint)) {
      return std::get<std::int64_t>(*expr.hint);
    }
    throw CaptureError("the program has no example inputs, and an input of it has the size " +
                       expr.expr_str + " without a hint: give it example inputs");
  }

  static std::vector<std::int64_t> numbers(const std::vector<SymInt>& sizes) {
    std::vector<std::int64_t> result;
    for (const SymInt& size : sizes) result.push_back(number(size));
    return result;
  }

  at::Tensor make_tensor(const TensorMeta& meta) {
    const std::vector<std::int64_t> sizes = numbers(meta.sizes);
    const auto options = at::TensorOptions(meta.dtype).device(meta.device).layout(meta.layout);
    at::Tensor tensor = at::empty_strided(sizes, numbers(meta.strides), options);
    if (at::isFloatingType(meta.dtype) || at::isComplexType(meta.dtype)) {
      tensor.copy_(at::rand(sizes, generator_, at::TensorOptions(at::kFloat)));
    } else {
      tensor.zero_();
    }
    return tensor.requires_grad_(meta.requires_grad);
  }

  at::Generator generator_;
};

ExampleInputs made_inputs(const Program& program) {
  const GraphModule& module = program.graph_module;
  const auto& calls = module.module_call_graph;
  if (calls.empty() || !calls.front().signature) {
    throw ProgramError("the program does not say how its inputs are nested");
  }
  InputMaker maker;
  Values leaves;
  for (const InputSpec& spec : module.signature.input_specs) {
    if (spec.kind == InputKind::user_input) leaves.push_back(maker.make(spec.arg));
    if (spec.kind == InputKind::constant_input) leaves.push_back(constant_value(spec.arg));
  }
  return split_example_inputs(
      tree_unflatten(std::move(leaves), treespec_loads(calls.front().signature->in_spec)));
}

}  // namespace

ExampleInputs inputs_to_run(const Program& program) {
  try {
    if (auto inputs = decode_example_inputs(program.example_inputs)) return std::move(*inputs);
  } catch (const UnsupportedError&) {
    // They hold objects of other classes, which are never unpickled.
  }
  return made_inputs(program);
}

}  // namespace roundtrip
