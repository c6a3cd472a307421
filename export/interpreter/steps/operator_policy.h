#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <roundtrip/exported_program.h>

#include <optional>
#include <string>
#include <unordered_set>

namespace roundtrip {

/// Which operators a program may call, as `Program::allowed` says.
class OperatorPolicy {
 public:
  explicit OperatorPolicy(const Program& program);
  /// For a graph that is not run.
  static OperatorPolicy any();

  /// The operator that `torch.ops.aten.add.Tensor`, say, names. Throws `Error`
  /// with the reason if it is unknown or may not be called.
  c10::OperatorHandle resolve(const std::string& target) const;

 private:
  OperatorPolicy() = default;
  void check_allowed(const c10::OperatorName& name,
                     const std::optional<c10::OperatorHandle>& op) const;

  std::unordered_set<std::string> namespaces_;  ///< with all of their operators
  std::unordered_set<std::string> operators_;
  bool allows_any_ = false;
  bool allows_gradients_ = false;
};

}  // namespace roundtrip
