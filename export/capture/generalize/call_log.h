#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "export/capture/recording/call_observer.h"

namespace roundtrip {

/// A call, its integers apart.
struct LoggedCall {
  std::string text;  ///< with `#` for each of them
  std::vector<std::int64_t> integers;
  std::string place;  ///< in the model's code
};

/// What forward called and returned in one run on static sizes.
class CallLog final : public CallObserver {
 public:
  const std::vector<LoggedCall>& calls() const { return calls_; }

  void forward_called(Recorder& recorder, const std::vector<Argument>& inputs) override;
  void operator_called(Recorder& recorder, const c10::OperatorHandle& op,
                       std::vector<c10::IValue>& arguments) override;
  void function_called(const std::string& target,
                       const std::vector<NamedArgument>& inputs) override;
  Value leaf_returned(Recorder& recorder, const Value& leaf) override;

 private:
  std::vector<LoggedCall> calls_;
};

/// Where two runs differ by more than integers: "call 3 was ... , then ...", with the place.
/// Nothing if they do not.
std::optional<std::string> first_difference(const CallLog& left, const CallLog& right);

}  // namespace roundtrip
