#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <roundtrip/exported_program.h>

#include <string>
#include <unordered_set>

namespace roundtrip {

/// The name that `torch.ops.aten.add.Tensor`, say, has in the dispatcher:
/// `{"aten::add", "Tensor"}`. Throws `Error` if the target names no operator.
c10::OperatorName operator_name(const std::string& target);

/// Which operators a program may call: those of `aten`, `prims` and the namespaces
/// the user allows, and none that reads or writes files.
class OperatorPolicy {
 public:
  explicit OperatorPolicy(const RunOptions& options);

  /// The operator that `torch.ops.aten.add.Tensor`, say, names. Throws `Error`
  /// with the reason if it is unknown or may not be called.
  c10::OperatorHandle resolve(const std::string& target) const;

 private:
  std::unordered_set<std::string> namespaces_;
};

}  // namespace roundtrip
