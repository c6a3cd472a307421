#include "export/program/payloads.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

namespace roundtrip {

const at::Tensor* tensor_of(const Program& program, const std::string& name) {
  const Payload* payload = program.weights.find(name);
  if (payload == nullptr) payload = program.constants.find(name);
  if (payload == nullptr) throw ProgramError("the program has no value for '" + name + "'");
  if (payload->device) {
    throw UnsupportedError(c10::str("'", name, "' is on device ", *payload->device,
                                    ", and programs run on the CPU: move the program there by "
                                    "to(at::kCPU), or load it with {.device = at::kCPU}"));
  }
  return std::get_if<at::Tensor>(&payload->data);
}

}  // namespace roundtrip
