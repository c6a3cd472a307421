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

class Checker {
 public:
  explicit Checker(const Program& program) : program_(program) {}

  void check(const InputToParameterSpec& spec) const {
    check_tensor(program_.weights, spec.arg.name, spec.parameter_name);
  }
  void check(const InputToBufferSpec& spec) const {
    check_tensor(spec.persistent ? program_.weights : program_.constants, spec.arg.name,
                 spec.buffer_name);
  }
  void check(const InputToTensorConstantSpec& spec) const {
    check_tensor(program_.constants, spec.arg.name, spec.tensor_constant_name);
  }
  template <typename Other>
  void check(const Other&) const {}

 private:
  void check_tensor(const OrderedMap<Payload>& payloads, const std::string& input,
                    const std::string& name) const {
    const Payload* payload = payloads.find(name);
    const TensorMeta* meta = program_.graph_module.graph.tensor_values.find(input);
    const auto* tensor = payload ? std::get_if<at::Tensor>(&payload->data) : nullptr;
    if (!tensor || !meta) return;  // what is missing is for the signature's rules
    if (tensor->scalar_type() == meta->dtype && agree(meta->sizes, tensor->sizes())) return;
    throw ArchiveError("", c10::str("the tensor '", name, "' is ", tensor->scalar_type(),
                                    tensor->sizes(), ", but the graph's input '", input,
                                    "', which it becomes, is ", meta->dtype, text_of(meta->sizes)));
  }

  const Program& program_;
};

}  // namespace

void check_payloads(const Program& program) {
  const Checker checker(program);
  for (const InputSpec& input : program.graph_module.signature.input_specs) {
    std::visit([&](const auto& spec) { checker.check(spec); }, input);
  }
}

}  // namespace roundtrip
