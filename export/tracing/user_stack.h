#pragma once

#include <c10/util/Exception.h>

#include <string>

/// Where in the user's own C++ code a capture is: the calls between forward and here that
/// are neither LibTorch's nor Roundtrip's nor the standard library's.

namespace roundtrip {

/// Marks the place from which forward is called: stacks end here. The outermost one of a
/// thread counts.
class StackRoot {
 public:
  /// `records` says whether nodes get stack traces; errors name their place anyway.
  explicit StackRoot(bool records);
  ~StackRoot();
  StackRoot(const StackRoot&) = delete;
  StackRoot& operator=(const StackRoot&) = delete;

  bool records() const { return records_; }

 private:
  bool records_;
  const StackRoot* outer_;
};

/// The stack in the form of Python's tracebacks, outermost call first:
/// `File "model.cpp", line 12, in Net::forward\n    return x + 1;`. Empty if no code of
/// the user is on it, and where stack traces are not wanted.
std::string user_stack_trace();

/// "\n  at model.cpp:12, in Net::forward", to be put behind a message; empty if unknown. Where a
/// function of torch::nn is called there, "\n  in torch::nn::LSTMImpl::forward" stands before.
std::string user_place();

/// The same for where LibTorch threw the error.
std::string user_place(const c10::Error& error);

/// `torch::nn::LSTMImpl::forward` if that is the last function of torch::nn on the way from the
/// user's code to here; empty if none is.
std::string innermost_layer();

}  // namespace roundtrip
