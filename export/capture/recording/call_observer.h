#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <roundtrip/graph.h>
#include <roundtrip/value.h>

#include <string>
#include <vector>

namespace roundtrip {

class Recorder;

/// Sees what forward calls before it is recorded, in branches and bodies of control flow too, and
/// may put other numbers in place of those that it is called with.
class CallObserver {
 public:
  virtual ~CallObserver() = default;

  /// Forward is about to run. `inputs` has an entry for each leaf of the example inputs.
  virtual void forward_called(Recorder& recorder, const std::vector<Argument>& inputs) = 0;
  /// `arguments` are as the recorder's graph has them. Queries of tensors are not seen.
  virtual void operator_called(Recorder& recorder, const c10::OperatorHandle& op,
                               std::vector<c10::IValue>& arguments) = 0;
  /// A higher-order operator, or a Python function.
  virtual void function_called(const std::string& target,
                               const std::vector<NamedArgument>& inputs) = 0;
  /// Forward returned; gives what the program is to return in place of a leaf.
  virtual Value leaf_returned(Recorder& recorder, const Value& leaf) = 0;
};

}  // namespace roundtrip
