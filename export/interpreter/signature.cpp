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
    if (auto* parameter = std::get_if<InputToParameterSpec>(&spec)) {
      source.constant = stored_tensor(program, "parameter", parameter->parameter_name);
    } else if (auto* buffer = std::get_if<InputToBufferSpec>(&spec)) {
      source.constant = stored_tensor(program, "buffer", buffer->buffer_name);
    } else if (auto* constant = std::get_if<InputToTensorConstantSpec>(&spec)) {
      // As in Python, no gradient reaches a constant. Not detach(): a capture would see it.
      const std::string& name = constant->tensor_constant_name;
      at::Tensor tensor = stored_tensor(program, "constant", name).toTensor().tensor_data();
      constants_.insert(name, tensor);
      source.constant = std::move(tensor);
    } else if (auto* object = std::get_if<InputToCustomObjSpec>(&spec)) {
      throw UnsupportedError("the program needs the script object '" + object->custom_obj_name +
                             "', which this version carries but does not run with");
    } else if (!std::holds_alternative<InputTokenSpec>(spec)) {
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

/// Index of the graph input that holds a buffer, parameter or user input.
class InputIndex {
 public:
  explicit InputIndex(const GraphSignature& signature) {
    for (std::size_t i = 0; i < signature.input_specs.size(); ++i) {
      const auto& spec = signature.input_specs[i];
      if (auto* parameter = std::get_if<InputToParameterSpec>(&spec)) {
        parameters_[parameter->parameter_name] = i;
      } else if (auto* buffer = std::get_if<InputToBufferSpec>(&spec)) {
        buffers_[buffer->buffer_name] = i;
      } else if (auto* input = std::get_if<UserInputSpec>(&spec)) {
        for_each_name(input->arg, [&](const std::string& name) { user_inputs_[name] = i; });
      }
    }
  }

  std::size_t find(const BufferMutationSpec& spec) const { return at(buffers_, spec.buffer_name); }
  std::size_t find(const ParameterMutationSpec& spec) const {
    return at(parameters_, spec.parameter_name);
  }
  std::size_t find(const UserInputMutationSpec& spec) const {
    return at(user_inputs_, spec.user_input_name);
  }

 private:
  using Index = std::unordered_map<std::string, std::size_t>;

  static std::size_t at(const Index& index, const std::string& name) {
    auto found = index.find(name);
    if (found != index.end()) return found->second;
    throw ProgramError("the program mutates '" + name + "', which is none of its graph's inputs");
  }

  Index parameters_, buffers_, user_inputs_;
};

const std::string& target_name(const BufferMutationSpec& spec) {
  return spec.buffer_name;
}
const std::string& target_name(const ParameterMutationSpec& spec) {
  return spec.parameter_name;
}
const std::string& target_name(const UserInputMutationSpec& spec) {
  return spec.user_input_name;
}

bool is_parameter(const at::Tensor& tensor) {
  return tensor.is_leaf() && tensor.requires_grad();
}

}  // namespace

std::vector<GraphMutation> graph_mutations(const GraphSignature& signature) {
  const InputIndex inputs(signature);
  std::vector<GraphMutation> mutations;
  std::size_t result = 0;
  const auto add = [&](const auto& spec) {
    if constexpr (requires { target_name(spec); }) {
      mutations.push_back({result, inputs.find(spec), target_name(spec), spec.arg.name});
    }
    ++result;
  };
  for (const auto& spec : signature.output_specs) std::visit(add, spec);
  return mutations;
}

GraphOutputs::GraphOutputs(const GraphSignature& signature)
    : mutations_(graph_mutations(signature)) {
  auto add = [&](const auto& spec) {
    using Spec = std::decay_t<decltype(spec)>;
    if constexpr (std::is_same_v<Spec, UserOutputSpec>) {
      add_user_output(num_results_, spec.arg);
    } else if constexpr (std::is_same_v<Spec, LossOutputSpec>) {
      add_user_output(num_results_, {spec.arg});
    } else if constexpr (!std::is_same_v<Spec, OutputTokenSpec> &&
                         !requires { target_name(spec); }) {
      throw UnsupportedError("this version cannot run a program that returns gradients");
    }
    ++num_results_;
  };
  for (const auto& spec : signature.output_specs) std::visit(add, spec);
}

void GraphOutputs::add_user_output(std::size_t result, const Argument& argument) {
  UserOutput output{result, std::nullopt};
  if (auto* tensor = argument.get<TensorArgument>()) {
    for (std::size_t i = 0; i < mutations_.size(); ++i) {
      if (mutations_[i].value == tensor->name) output.mutation = i;
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
