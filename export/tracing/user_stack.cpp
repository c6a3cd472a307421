#include "export/tracing/user_stack.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "support/stack_trace.h"

namespace roundtrip {
namespace {

thread_local StackRoot* root_of_thread = nullptr;

NotedStack noted_stack() {
  const CallStack stack = current_calls(root_of_thread);
  NotedStack noted;
  noted.is_whole = stack.is_whole;
  noted.calls.reserve(stack.calls.size());
  for (const auto& [address, frame] : stack.calls) {
    noted.calls.push_back({code_at(address), frame});
  }
  return noted;
}

/// The user's innermost call, and the functions of `torch::nn` that it leads to, innermost first.
struct InnermostCall {
  std::string place;
  std::vector<std::string> layers;
};

InnermostCall innermost_call(const std::vector<const void*>& addresses) {
  InnermostCall call;
  for (const void* address : addresses) {
    const UserCalls& calls = calls_at(code_at(address));
    if (!calls.layer.empty()) call.layers.push_back(calls.layer);
    call.place = calls.place;
    if (!calls.trace.empty()) break;
  }
  return call;
}

std::string innermost_place(const std::vector<const void*>& addresses) {
  const auto [place, layers] = innermost_call(addresses);
  return layers.empty() ? place : "\n  in " + layers.back() + place;
}

/// Of a backtrace in LibTorch's form, whose frames end in `(0x7f3b1c2d in /lib/libx.so)`.
std::vector<const void*> addresses_in(std::string_view backtrace) {
  std::vector<const void*> addresses;
  constexpr std::string_view kStart = "(0x";
  for (auto at = backtrace.find(kStart); at != backtrace.npos; at = backtrace.find(kStart, at)) {
    at += kStart.size();
    std::uintptr_t address = 0;
    const char* end = backtrace.data() + backtrace.size();
    const auto [rest, error] = std::from_chars(backtrace.data() + at, end, address, 16);
    if (error != std::errc() || !std::string_view(rest, end).starts_with(" in ")) continue;
    addresses.push_back(reinterpret_cast<const void*>(address));
  }
  return addresses;
}

}  // namespace

StackRoot::StackRoot(bool records) : records_(records), outer_(root_of_thread) {
  if (outer_ == nullptr) root_of_thread = this;
}

StackRoot::~StackRoot() {
  if (outer_ == nullptr) root_of_thread = nullptr;
}

std::size_t StackRoot::note(NotedStack stack) {
  stacks_.push_back(std::move(stack));
  return stacks_.size() - 1;
}

std::vector<NotedStack> StackRoot::take_stacks() {
  records_ = false;
  return std::move(stacks_);
}

std::optional<std::size_t> note_node(std::size_t scope) {
  StackRoot* root = root_of_thread;
  if (root == nullptr || !root->records()) return std::nullopt;
  root->highest_release_ = 0;
  NotedStack stack = noted_stack();
  stack.is_of_node = true;
  stack.scope = scope;
  return root->note(std::move(stack));
}

void note_release() {
  StackRoot* root = root_of_thread;
  if (root == nullptr || !root->records() || root->stacks_.empty()) return;
  // Where the stack is deeper than it was at another release, no more has returned.
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here <= root->highest_release_) return;
  root->highest_release_ = here;
  NotedStack stack = noted_stack();
  if (stack.is_whole) root->note(std::move(stack));
}

std::string user_stack_trace(const NotedStack& stack) {
  std::string trace;
  for (const NotedCall& call : stack.calls) trace.insert(0, calls_at(call.code).trace);
  // Without the first indent and the last line end, as Python keeps it.
  return trace.empty() ? trace : trace.substr(2, trace.size() - 3);
}

std::string user_place() {
  if (root_of_thread == nullptr) return {};
  return innermost_place(current_stack(root_of_thread));
}

std::string innermost_layer() {
  if (root_of_thread == nullptr) return {};
  const auto [place, layers] = innermost_call(current_stack(root_of_thread));
  return layers.empty() ? "" : layers.front();
}

std::string user_place(const c10::Error& error) {
  if (root_of_thread == nullptr || !error.backtrace()) return {};
  return innermost_place(addresses_in(error.backtrace()->get()));
}

}  // namespace roundtrip
