#include "export/tracing/user_stack.h"

#include <c10/util/Type.h>
#include <dlfcn.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "support/stack_trace.h"

namespace roundtrip {
namespace {

/// How the file names of libraries begin that are not the user's.
constexpr std::string_view kLibraries[] = {
    "libtorch.", "libtorch_cpu.", "libtorch_cuda",         "libtorch_python.", "libc10.",
    "libc10_",   "libroundtrip.", "libroundtrip_runtime.", "libstdc++.",       "libgcc_s.",
    "libc.so",   "libgomp",       "libpthread.",           "ld-linux",
};

/// What the paths of headers contain that are not the user's.
constexpr std::string_view kHeaders[] = {
    "/include/torch/",  "/include/ATen/", "/include/c10/",
    "/include/caffe2/", "/include/c++/",  "/include/roundtrip/",
};

/// Namespaces that are not the user's, for code without debug information.
constexpr std::string_view kNamespaces[] = {
    "at::", "c10::", "torch::", "std::", "roundtrip::", "__gnu_cxx::"};

/// LibTorch's layers and their functions.
constexpr std::string_view kTorchLayers = "torch::nn::";

constexpr std::string_view kOwnFile = "export/tracing/user_stack.cpp";

template <typename List, typename Matches>
bool any(const List& list, Matches matches) {
  return std::any_of(std::begin(list), std::end(list), matches);
}

std::string source_line(const std::string& file, int number) {
  std::ifstream source(file);
  std::string line;
  for (int i = 0; i < number; ++i) {
    if (!std::getline(source, line)) return {};
  }
  const auto start = line.find_first_not_of(" \t");
  return start == line.npos ? std::string() : line.substr(start);
}

/// Readers of stack traces expect a line of code.
std::string code_of(const StackFrame& frame) {
  if (frame.file.empty()) {
    return c10::str("(no debug information; offset 0x", std::hex, frame.offset, ")");
  }
  const std::string line = source_line(frame.file, frame.line);
  return line.empty() ? "(the source cannot be read)" : line;
}

/// The function of `torch::nn` at this address of LibTorch; empty if it is another.
std::string layer_at(const void* address) {
  Dl_info info{};
  // A return address is behind the call, and may be behind the function.
  if (::dladdr(static_cast<const char*>(address) - 1, &info) == 0 || !info.dli_sname) return {};
  const std::string name = c10::demangle(info.dli_sname);
  return name.starts_with(kTorchLayers) ? name.substr(0, name.find('(')) : "";
}

/// What is shown of the calls at one return address.
struct UserCalls {
  std::string trace;  ///< outermost first
  std::string place;  ///< the innermost
  std::string layer;  ///< the function of torch::nn that it is instead
};

/// Knows the user's calls by their return addresses. Shared by all captures, because
/// reading debug information is slow.
class UserCode {
 public:
  static UserCode& instance() {
    static UserCode code;
    return code;
  }

  /// Calls `visit` with what is known of each address, innermost first, until it returns false.
  template <typename Visit>
  void visit(const std::vector<const void*>& addresses, Visit visit) {
    const std::lock_guard lock(mutex_);
    if (symbolizer_.refresh()) calls_.clear();
    for (const void* address : addresses) {
      if (!visit(at(address))) return;
    }
  }

 private:
  const UserCalls& at(const void* address) {
    const auto [entry, is_new] = calls_.try_emplace(address);
    if (!is_new) return entry->second;
    if (is_library(symbolizer_.object_at(address))) {
      entry->second.layer = layer_at(address);
    } else {
      entry->second = describe(symbolizer_.frames_at(address));
    }
    return entry->second;
  }

  static bool is_library(const std::string& object) {
    const std::string name = std::filesystem::path(object).filename().string();
    return object.empty() || any(kLibraries, [&](auto start) { return name.starts_with(start); });
  }

  UserCalls describe(const std::vector<StackFrame>& frames) {
    UserCalls calls;
    for (const StackFrame& frame : frames) {
      if (!is_users(frame)) continue;
      const std::string& file = frame.file.empty() ? frame.object : frame.file;
      const std::string function = frame.function.empty() ? "<unknown>" : frame.function;
      calls.trace.insert(0, c10::str("  File \"", file, "\", line ", frame.line, ", in ", function,
                                     "\n    ", code_of(frame), "\n"));
      if (calls.place.empty()) {
        calls.place = frame.file.empty()
                          ? c10::str("\n  in ", function, " of ", frame.object)
                          : c10::str("\n  at ", file, ":", frame.line, ", in ", function);
      }
    }
    return calls;
  }

  bool is_users(const StackFrame& frame) {
    if (frame.file.empty()) {
      return !any(kNamespaces, [&](auto start) { return frame.function.starts_with(start); });
    }
    if (any(kHeaders, [&](auto part) { return frame.file.find(part) != std::string::npos; })) {
      return false;
    }
    return frame.object != own_object() || own_folder().empty() ||
           !frame.file.starts_with(own_folder());
  }

  /// What holds this very code: libroundtrip.so, or an executable it is linked into.
  const std::string& own_object() {
    if (own_object_.empty()) own_object_ = symbolizer_.object_at(own_address());
    return own_object_;
  }

  /// Where the sources of export/ lay, if debug information tells.
  const std::string& own_folder() {
    if (own_folder_) return *own_folder_;
    own_folder_.emplace();
    for (const StackFrame& frame : symbolizer_.frames_at(own_address())) {
      if (!frame.file.ends_with(kOwnFile)) continue;
      own_folder_ = frame.file.substr(0, frame.file.size() - kOwnFile.size()) + "export/";
    }
    return *own_folder_;
  }

  [[gnu::noinline]] static const void* own_address() { return __builtin_return_address(0); }

  std::mutex mutex_;
  Symbolizer symbolizer_;
  std::unordered_map<const void*, UserCalls> calls_;
  std::string own_object_;
  std::optional<std::string> own_folder_;
};

thread_local const StackRoot* root_of_thread = nullptr;

/// The user's innermost call, and the functions of `torch::nn` that it leads to, innermost first.
struct InnermostCall {
  std::string place;
  std::vector<std::string> layers;
};

InnermostCall innermost_call(const std::vector<const void*>& addresses) {
  InnermostCall call;
  UserCode::instance().visit(addresses, [&](const UserCalls& calls) {
    if (!calls.layer.empty()) call.layers.push_back(calls.layer);
    call.place = calls.place;
    return calls.trace.empty();
  });
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
  root_of_thread = outer_;
}

std::string user_stack_trace() {
  if (root_of_thread == nullptr || !root_of_thread->records()) return {};
  std::string trace;
  UserCode::instance().visit(current_stack(root_of_thread), [&](const UserCalls& calls) {
    trace.insert(0, calls.trace);
    return true;
  });
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
