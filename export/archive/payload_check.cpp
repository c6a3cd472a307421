#include "export/archive/payload_check.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

namespace roundtrip {

namespace {

/// Sizes that the graph leaves open agree with any.
bool agree(const std::vector<SymInt>& sizes, at::IntArrayRef own) {
  if (sizes.size() != own.size()) return false;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto* number = std::get_if<std::int64_t>(&sizes[i]);
    if (number && *number != own[i]) return false;
  }
  return true;
}

std::string text_of(const std::vector<SymInt>& sizes) {
  std::string text;
  for (const SymInt& size : sizes) {
    const auto* number = std::get_if<std::int64_t>(&size);
    text += (text.empty() ? "" : ", ") + (number ? std::to_string(*number) : std::string("?"));
  }
  return "[" + text + "]";
}

/// Where a program has what an input holds; null for an input that holds nothing of it.
const OrderedMap<Payload>* payloads_of(const Program& program, const InputSpec& spec) {
  switch (spec.kind) {
    case InputKind::parameter:
      return &program.weights;
    case InputKind::buffer:
      return spec.persistent ? &program.weights : &program.constants;
    case InputKind::tensor_constant:
      return &program.constants;
    default:
      return nullptr;
  }
}

void check_input(const Program& program, const InputSpec& spec) {
  const auto* payloads = payloads_of(program, spec);
  const Payload* payload = payloads ? payloads->find(spec.target) : nullptr;
  const auto* tensor = payload ? std::get_if<at::Tensor>(&payload->data) : nullptr;
  const GraphValue* input = spec.arg.as_value();
  const TensorMeta* meta = input ? input->tensor() : nullptr;
  if (!tensor || !meta) return;  // what is missing is for the signature's rules
  if (tensor->scalar_type() == meta->dtype && agree(meta->sizes, tensor->sizes())) return;
  throw ArchiveError("", c10::str("the tensor '", spec.target, "' is ", tensor->scalar_type(),
                                  tensor->sizes(), ", but the graph's input '", input->name(),
                                  "', which it becomes, is ", meta->dtype, text_of(meta->sizes)));
}

}  // namespace

void check_payloads(const Program& program) {
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    check_input(program, spec);
  }
}

}  // namespace roundtrip
