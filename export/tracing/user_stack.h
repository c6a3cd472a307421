#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "export/tracing/user_code.h"

/// Where in the user's own C++ code a capture is: the calls between forward and here that
/// are neither LibTorch's nor Roundtrip's nor the standard library's.

namespace roundtrip {

/// A call that was under way.
struct NotedCall {
  const CodeAddress* code;
  std::uintptr_t frame;  ///< as of `StackCall`
};

/// The calls that were under way when a node was recorded, or when a tensor of forward's went.
struct NotedStack {
  std::vector<NotedCall> calls{};  ///< innermost first
  bool is_of_node = false;
  bool is_whole = true;   ///< false where callers could not be found
  std::size_t scope = 0;  ///< of the node: what it was noted with
};

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

  /// What was noted, in order. Nothing is from here on.
  std::vector<NotedStack> take_stacks();

 private:
  friend std::optional<std::size_t> note_node(std::size_t scope);
  friend void note_release();

  std::size_t note(NotedStack stack);

  bool records_;
  const StackRoot* outer_;
  std::vector<NotedStack> stacks_;
  std::uintptr_t highest_release_ = 0;  ///< on the stack, since the last node
};

/// Notes the calls under way, for a node that is recorded now; they are put into words when
/// forward has returned. Gives the number of the stack; none where stacks are not wanted.
std::optional<std::size_t> note_node(std::size_t scope);

/// Notes the calls under way when forward lets go of a tensor: where a call is not among them any
/// more, it has returned, which no node tells.
void note_release();

/// The stack in the form of Python's tracebacks, outermost call first:
/// `File "model.cpp", line 12, in Net::forward\n    return x + 1;`. Empty if no code of
/// the user is on it.
std::string user_stack_trace(const NotedStack& stack);

/// "\n  at model.cpp:12, in Net::forward", to be put behind a message; empty if unknown. Where a
/// function of torch::nn is called there, "\n  in torch::nn::LSTMImpl::forward" stands before.
std::string user_place();

/// The same for where LibTorch threw the error.
std::string user_place(const c10::Error& error);

/// `torch::nn::LSTMImpl::forward` if that is the last function of torch::nn on the way from the
/// user's code to here; empty if none is.
std::string innermost_layer();

}  // namespace roundtrip
