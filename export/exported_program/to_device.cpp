#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <roundtrip/error.h>
#include <roundtrip/exported_program.h>

#include <unordered_map>

#include "export/program/absent_data.h"
#include "export/program/pickle/example_inputs.h"
#include "export/verifier/verify.h"

namespace roundtrip {

namespace {

/// A program's tensors with their elements on the CPU, where they are kept, or without any. Tensors
/// that share memory do so afterwards.
class Elements {
 public:
  explicit Elements(bool are_absent) : are_absent_(are_absent) {}

  at::Tensor of(const at::Tensor& tensor) {
    const bool stays = tensor.is_cpu() && !are_absent_;
    if (stays || !tensor.defined() || !tensor.has_storage()) return tensor;
    at::Tensor& known = tensors_[tensor.unsafeGetTensorImpl()];
    if (!known.defined()) known = make(tensor);
    return known;
  }

 private:
  at::Tensor make(const at::Tensor& tensor) {
    const at::NoGradGuard no_grad;
    auto& storage = storages_[tensor.storage().unsafeGetStorageImpl()];
    if (!storage) storage = moved(tensor.storage());
    return at::empty({0}, tensor.options().device(at::kCPU).requires_grad(false))
        .set_(storage, tensor.storage_offset(), tensor.sizes(), tensor.strides())
        .set_requires_grad(tensor.requires_grad());
  }

  c10::Storage moved(const c10::Storage& storage) const {
    const bool has_none = are_absent_ || storage.device().is_meta();
    if (has_none) return absent_storage(storage.nbytes());
    const auto size = static_cast<std::int64_t>(storage.nbytes());
    return at::empty({0}, at::TensorOptions(at::kByte).device(storage.device()))
        .set_(storage, 0, {size}, {1})
        .cpu()
        .storage();
  }

  bool are_absent_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> tensors_;
  std::unordered_map<const c10::StorageImpl*, c10::Storage> storages_;
};

void move_payloads(OrderedMap<Payload>& payloads, c10::Device device, Elements& elements) {
  for (auto& item : payloads) {
    Payload& payload = item.value();
    auto* tensor = std::get_if<at::Tensor>(&payload.data);
    if (tensor == nullptr) {
      throw UnsupportedError("'" + item.key() + "' is a pickled object, which cannot be moved to " +
                             device.str());
    }
    *tensor = elements.of(*tensor);
    payload.device = device.is_cpu() ? std::nullopt : std::optional(device);
  }
}

/// Devices that nodes name, and those of all values; in subgraphs, too.
void move_graph(Graph& graph, c10::Device device) {
  for (GraphValue* value : graph.values()) {
    const TensorMeta* meta = value->tensor();
    if (meta == nullptr) continue;
    TensorMeta moved = *meta;
    moved.device = device;
    graph.set_type(*value, std::move(moved));
  }
  for (Node& node : graph.nodes()) {
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      if (node.inputs()[i].arg.get<c10::Device>() != nullptr) node.set_input(i, device);
    }
    for (GraphArgument* subgraph : node.subgraphs()) move_graph(*subgraph->graph, device);
  }
}

/// To the CPU, whence they are read and written.
void move_example_inputs(Program& program) {
  try {
    const auto inputs = decode_example_inputs(program.example_inputs, /*map_to_cpu=*/true);
    if (inputs) program.example_inputs = encode_example_inputs(*inputs);
  } catch (const UnsupportedError&) {  // they are carried as they are
  }
}

}  // namespace

ExportedProgram ExportedProgram::to(c10::Device device) const {
  Program moved = program();
  Elements elements(device.is_meta());
  move_payloads(moved.weights, device, elements);
  move_payloads(moved.constants, device, elements);
  move_graph(moved.graph_module.graph, device);
  move_example_inputs(moved);
  verify_program(moved);
  return ExportedProgram(std::move(moved));
}

}  // namespace roundtrip
