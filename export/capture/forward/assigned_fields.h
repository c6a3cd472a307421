#pragma once

#include <roundtrip/module.h>

#include <string>
#include <utility>
#include <vector>

#include "export/capture/recording/recorder.h"

namespace roundtrip {

/// The members of a model's object in which it keeps tensors (`Module::fields`), which
/// forward may assign anew. Puts back what they held when it goes. The model outlives it.
class AssignedFields {
 public:
  explicit AssignedFields(const ModuleState& state);
  ~AssignedFields() { restore(); }
  AssignedFields(const AssignedFields&) = delete;
  AssignedFields& operator=(const AssignedFields&) = delete;

  /// To be called when forward has returned `result`: ends the graph with a copy of each
  /// buffer's new value into the buffer, as Python's export does. Gives the result, in which
  /// tensors that share memory with those buffers are copies. Throws `CaptureError` for a
  /// value of another shape or type than the buffer's.
  Value record(Recorder& recorder, const Value& result);

  /// Names of the other fields that had changed then.
  const std::vector<std::string>& unrecorded() const { return unrecorded_; }

  void restore();

 private:
  struct Field {
    std::string name;
    at::Tensor* member;
    at::Tensor before;
    bool is_buffer;
  };

  std::vector<Field> fields_;
  std::vector<std::string> unrecorded_;
};

}  // namespace roundtrip
