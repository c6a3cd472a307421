#include <ATen/core/grad_mode.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/exported_program.h>

#include "export/program/storage_types.h"
#include "export/program/tensor_copies.h"

namespace roundtrip {

namespace {

using StateDict = OrderedMap<at::Tensor>;

const at::Tensor& tensor_in(const std::string& name, const Payload& payload) {
  if (const auto* tensor = std::get_if<at::Tensor>(&payload.data)) return *tensor;
  throw UnsupportedError("'" + name +
                         "' is a pickled object, which this version carries but does "
                         "not read");
}

StateDict named_tensors(const Program& program, InputKind kind) {
  StateDict tensors;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    if (spec.kind != kind || tensors.contains(spec.target)) continue;
    const Payload* payload = program.weights.find(spec.target);
    if (payload == nullptr) payload = program.constants.find(spec.target);
    if (payload == nullptr) {
      throw ProgramError("the program has no value for '" + spec.target + "'");
    }
    tensors.insert(spec.target, tensor_in(spec.target, *payload));
  }
  return tensors;
}

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

StateDictNames compare_names(const Program& program, const StateDict& state) {
  StateDictNames names;
  for (const auto& weight : program.weights) {
    if (!state.contains(weight.key())) names.missing.push_back(weight.key());
  }
  for (const auto& entry : state) {
    if (!program.weights.contains(entry.key())) names.unexpected.push_back(entry.key());
  }
  return names;
}

/// What is wrong with it, as Python says it where Python minds; empty if nothing is.
std::string misfit(const std::string& name, const at::Tensor& wanted, const at::Tensor& given) {
  if (!given.defined()) return "\n\t" + name + " is no tensor.";
  if (given.sizes() != wanted.sizes()) {
    return c10::str("\n\tsize mismatch for ", name, ": copying a param with shape torch.Size(",
                    given.sizes(), ") from checkpoint, the shape in current model is torch.Size(",
                    wanted.sizes(), ").");
  }
  if (given.scalar_type() != wanted.scalar_type()) {
    return c10::str("\n\tdtype mismatch for ", name, ": copying a param of ",
                    dtype_name(given.scalar_type()), ", the program has ",
                    dtype_name(wanted.scalar_type()), ".");
  }
  if (given.is_meta()) return "\n\t" + name + " is on the meta device: it has no values.";
  if (wanted.is_meta()) {
    return "\n\tthe program's " + name + " is on the meta device: move it by to(at::kCPU).";
  }
  return {};
}

std::string misfits(const Program& program, const StateDict& state, const StateDictNames& names,
                    bool strict) {
  std::string errors;
  if (strict && !names.unexpected.empty()) {
    errors += "\n\tUnexpected key(s) in state_dict: " + quoted(names.unexpected) + ".";
  }
  if (strict && !names.missing.empty()) {
    errors += "\n\tMissing key(s) in state_dict: " + quoted(names.missing) + ".";
  }
  for (const auto& weight : program.weights) {
    const at::Tensor* given = state.find(weight.key());
    if (given == nullptr) continue;
    errors += misfit(weight.key(), tensor_in(weight.key(), weight.value()), *given);
  }
  return errors;
}

[[noreturn]] void refuse(const std::string& errors) {
  throw InputError("Error(s) in loading state_dict for ExportedProgram:" + errors);
}

/// Tensors of its own for the program, with the values of `state`.
void assign(Program& program, const StateDict& state) {
  const at::NoGradGuard no_grad;
  TensorCopies copies;
  for (auto& weight : program.weights) {
    auto* tensor = std::get_if<at::Tensor>(&weight.value().data);
    if (tensor != nullptr) *tensor = copies.copy(*tensor);
  }
  for (const auto& entry : state) {
    Payload* weight = program.weights.find(entry.key());
    if (weight != nullptr) std::get<at::Tensor>(weight->data).copy_(entry.value());
  }
  for (const auto& entry : state) {
    const Payload* weight = program.weights.find(entry.key());
    if (weight == nullptr) continue;
    if (bitwise_equal(std::get<at::Tensor>(weight->data), entry.value())) continue;
    refuse("\n\t" + entry.key() + " shares memory with another entry, which has other values.");
  }
}

}  // namespace

OrderedMap<at::Tensor> ExportedProgram::named_parameters() const {
  return named_tensors(program(), InputKind::parameter);
}

OrderedMap<at::Tensor> ExportedProgram::named_buffers() const {
  return named_tensors(program(), InputKind::buffer);
}

OrderedMap<at::Tensor> ExportedProgram::state_dict() const {
  StateDict state;
  for (const auto& weight : program().weights) {
    state.insert(weight.key(), tensor_in(weight.key(), weight.value()));
  }
  return state;
}

StateDictNames ExportedProgram::load_state_dict(const OrderedMap<at::Tensor>& state, bool strict) {
  const StateDictNames names = compare_names(program(), state);
  const std::string errors = misfits(program(), state, names, strict);
  if (!errors.empty()) refuse(errors);
  edit([&](Program& edited) { assign(edited, state); });
  return names;
}

}  // namespace roundtrip
