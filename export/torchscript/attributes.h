#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/api/module.h>
#include "export/torchscript/graphs/jit.h"

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace roundtrip {

/// What forward assigned to a buffer, which is written to it at the end.
struct BufferWrite {
  at::Tensor buffer;
  at::Tensor value;
};

/// Writes all of them. Returns `result`; what it and the values have of the buffers' memory
/// is copied before.
c10::IValue write_all(std::vector<BufferWrite> writes, const c10::IValue& result);

/// The attributes of a model's modules during one conversion. What forward assigns
/// is kept here, so that the model stays as it was; an assignment to a buffer becomes
/// a `copy_` when forward is done. Objects that forward creates are its own.
class Attributes {
 public:
  explicit Attributes(const jit::Module& model);

  c10::IValue get(const c10::IValue& object, const std::string& name) const;
  /// Throws `CaptureError` for an attribute of a module that is no buffer: a program
  /// has nowhere to keep it.
  void set(const c10::IValue& object, const std::string& name, c10::IValue value);

  void add_created(const c10::IValue& object);

  /// The qualified name of a module and its Python type, as `nn_module_stack` has
  /// them; null for other objects.
  const std::string* module_entry(const c10::IValue& object) const;

  /// Records the writes to buffers that were assigned. `result` is what forward
  /// returns; tensors in it that share a buffer's memory are copied before.
  c10::IValue write_buffers(const c10::IValue& result) const;

 private:
  struct Buffer {
    at::Tensor tensor;
    c10::IValue assigned;
  };
  using Slot = std::pair<const void*, std::string>;

  std::unordered_map<const void*, std::string> modules_;
  std::map<Slot, Buffer> buffers_;
  std::vector<Slot> assigned_;  ///< in order
  /// Kept alive, so that no other object takes their address.
  std::unordered_map<const void*, c10::IValue> created_;
};

}  // namespace roundtrip
