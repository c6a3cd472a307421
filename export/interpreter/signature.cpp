#include "export/interpreter/signature.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <roundtrip/error.h>

#include <unordered_map>
#include <utility>

#include "export/interpreter/steps/leaves.h"
#include "export/interpreter/steps/scope.h"
#include "export/program/absent_data.h"
#include "export/program/payloads.h"

namespace roundtrip {

namespace {

using c10::IValue;

IValue stored_tensor(const Program& program, const std::string& kind, const std::string& name) {
  if (const auto* tensor = tensor_of(program, name)) {
    if (tensor->has_storage() && is_absent(tensor->storage())) {
      TORCH_WARN("the ", kind, " '", name,
                 "' has no data in the file: the program runs with zeros");
    }
    return *tensor;
  }
  throw UnsupportedError("the " + kind + " '" + name +
                         "' is a pickled object, which this version " +
                         "carries but does not run with");
}

}  // namespace

GraphInputs::GraphInputs(const Program& program) {
  std::size_t leaf = 0;
  for (const auto& spec : program.graph_module.signature.input_specs) {
    Source source;
    switch (spec.kind) {
      case InputKind::parameter:
        source.constant = stored_tensor(program, "parameter", spec.target);
        break;
      case InputKind::buffer:
        source.constant = stored_tensor(program, "buffer", spec.target);
        break;
      case InputKind::tensor_constant: {
        // As in Python, no gradient reaches a constant. Not detach(): a capture would see it.
        at::Tensor tensor =
            stored_tensor(program, "constant", spec.target).toTensor().tensor_data();
        constants_.insert(spec.target, tensor);
        source.constant = std::move(tensor);
        break;
      }
      case InputKind::custom_obj:
        throw UnsupportedError("the program needs the script object '" + spec.target +
                               "', which this version carries but does not run with");
      case InputKind::token:
        break;
      default:
        source.leaf = leaf++;
    }
    sources_.push_back(std::move(source));
  }
}

std::vector<IValue> GraphInputs::gather(const std::vector<const Value*>& leaves) const {
  std::vector<IValue> inputs;
  inputs.reserve(sources_.size());
  for (const auto& source : sources_) {
    inputs.push_back(source.leaf ? box_leaf(*leaves[*source.leaf]) : source.constant);
  }
  return inputs;
}

namespace {

/// What a result of that kind is the new value of; nothing for one that is no mutation.
std::optional<InputKind> mutated_kind(OutputKind kind) {
  switch (kind) {
    case OutputKind::buffer_mutation:
      return InputKind::buffer;
    case OutputKind::parameter_mutation:
      return InputKind::parameter;
    case OutputKind::user_input_mutation:
      return InputKind::user_input;
    default:
      return std::nullopt;
  }
}

const std::string& mutated_name(const OutputSpec& spec) {
  return spec.input != nullptr ? spec.input->name() : spec.target;
}

/// The last of the graph's inputs that is what the output mutates.
std::size_t mutated_input(const GraphSignature& signature, const OutputSpec& output,
                          InputKind kind) {
  const auto& inputs = signature.input_specs;
  for (std::size_t i = inputs.size(); i-- > 0;) {
    const bool is_same = output.input != nullptr ? inputs[i].arg.as_value() == output.input
                                                 : inputs[i].target == output.target;
    if (inputs[i].kind == kind && is_same) return i;
  }
  throw ProgramError("the program mutates '" + mutated_name(output) +
                     "', which is none of its graph's inputs");
}

bool is_parameter(const at::Tensor& tensor) {
  return tensor.is_leaf() && tensor.requires_grad();
}

}  // namespace

std::vector<GraphMutation> graph_mutations(const GraphSignature& signature) {
  std::vector<GraphMutation> mutations;
  for (std::size_t i = 0; i < signature.output_specs.size(); ++i) {
    const OutputSpec& spec = signature.output_specs[i];
    if (const auto kind = mutated_kind(spec.kind)) {
      mutations.push_back(
          {i, mutated_input(signature, spec, *kind), mutated_name(spec), spec.arg.as_value()});
    }
  }
  return mutations;
}

GraphOutputs::GraphOutputs(const GraphSignature& signature)
    : mutations_(graph_mutations(signature)), num_results_(signature.output_specs.size()) {
  for (std::size_t i = 0; i < num_results_; ++i) {
    const OutputSpec& spec = signature.output_specs[i];
    if (spec.kind == OutputKind::user_output || spec.kind == OutputKind::loss_output) {
      add_user_output(i, spec.arg);
    } else if (spec.kind != OutputKind::token && !mutated_kind(spec.kind)) {
      throw UnsupportedError("this version cannot run a program that returns gradients");
    }
  }
}

void GraphOutputs::add_user_output(std::size_t result, const Argument& argument) {
  UserOutput output{result, std::nullopt};
  if (auto* tensor = argument.get<TensorArgument>()) {
    for (std::size_t i = 0; i < mutations_.size(); ++i) {
      if (mutations_[i].value == tensor->value) output.mutation = i;
    }
  }
  user_outputs_.push_back(output);
}

std::vector<at::Tensor> GraphOutputs::mutation_targets(const std::vector<IValue>& inputs) const {
  std::vector<at::Tensor> targets;
  for (const auto& mutation : mutations_) {
    const auto& input = inputs[mutation.input];
    if (!input.isTensor()) {
      throw InputError("input " + mutation.target + ": expected a Tensor, because the program " +
                       "mutates it");
    }
    targets.push_back(input.toTensor());
  }
  return targets;
}

Values GraphOutputs::finish(std::vector<IValue> results, std::vector<at::Tensor> targets) const {
  const std::string* target = nullptr;
  try {
    for (std::size_t i = 0; i < mutations_.size(); ++i) {
      target = &mutations_[i].target;
      // The new value of a parameter is no function of the old one to autograd.
      const at::AutoGradMode mode(c10::GradMode::is_enabled() && !is_parameter(targets[i]));
      targets[i].copy_(results[mutations_[i].result].toTensor());
    }
    Values outputs;
    outputs.reserve(user_outputs_.size());
    for (const auto& [result, mutation] : user_outputs_) {
      outputs.push_back(mutation ? Value(targets[*mutation]) : output_value(results[result]));
    }
    return outputs;
  } catch (const c10::Error& error) {
    throw ExecutionError("output", "the graph's outputs",
                         (target ? "writing to '" + *target + "': " : "") +
                             std::string(error.what_without_backtrace()));
  }
}

}  // namespace roundtrip
