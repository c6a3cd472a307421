#include "export/tracing/user_code.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "support/function_table.h"
#include "support/stack_trace.h"

namespace roundtrip {

class CodeAddress {
 public:
  explicit CodeAddress(const CodePlace& code) : place(code) {}

  const CodePlace place;
  std::optional<UserCalls> calls{};  ///< once they were asked for
};

namespace {

/// How the file names of libraries begin that are not the user's.
constexpr std::string_view kLibraries[] = {
    "libtorch.", "libtorch_cpu.", "libtorch_cuda",         "libtorch_python.", "libc10.",
    "libc10_",   "libroundtrip.", "libroundtrip_runtime.", "libstdc++.",       "libgcc_s.",
    "libc.so",   "libgomp",       "libpthread.",           "ld-linux",
};

/// Of these, the one that has torch::nn.
constexpr std::string_view kTorch = "libtorch_cpu.";
/// How the mangled names of functions in torch::nn begin.
constexpr std::string_view kTorchLayers = "_ZN5torch2nn";

/// What the paths of headers contain that are not the user's.
constexpr std::string_view kHeaders[] = {
    "/include/torch/",  "/include/ATen/", "/include/c10/",
    "/include/caffe2/", "/include/c++/",  "/include/roundtrip/",
};

/// Namespaces that are not the user's, for code without debug information.
constexpr std::string_view kNamespaces[] = {
    "at::", "c10::", "torch::", "std::", "roundtrip::", "__gnu_cxx::"};

constexpr std::string_view kOwnFile = "export/tracing/user_code.cpp";

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

std::string file_name(const std::string& object) {
  return std::filesystem::path(object).filename().string();
}

bool is_library(const std::string& object) {
  const std::string name = file_name(object);
  return object.empty() || any(kLibraries, [&](auto start) { return name.starts_with(start); });
}

class UserCode {
 public:
  static UserCode& instance() {
    static UserCode code;
    return code;
  }

  const CodeAddress* at(const void* address) {
    const std::lock_guard lock(mutex_);
    if (objects_.refresh()) addresses_.clear();
    const auto [entry, is_new] = addresses_.try_emplace(address);
    if (is_new) {
      const CodePlace place = objects_.place_of(address);
      entry->second =
          &codes_.try_emplace(std::pair(place.object, place.offset), place).first->second;
    }
    return entry->second;
  }

  const UserCalls& calls_at(const CodeAddress* code) {
    const std::lock_guard lock(mutex_);
    auto& calls = const_cast<CodeAddress*>(code)->calls;
    if (!calls) calls = describe(code->place);
    return *calls;
  }

 private:
  UserCalls describe(const CodePlace& place) {
    if (!is_library(place.object))
      return describe(symbolizer_.frames_at(place.object, place.offset));
    UserCalls calls;
    if (!file_name(place.object).starts_with(kTorch)) return calls;
    if (!layers_) layers_.emplace(place.object, kTorchLayers);
    calls.layer = layers_->function_at(place.offset);
    if (!calls.layer.empty()) calls.functions.push_back({calls.layer});
    return calls;
  }

  UserCalls describe(const std::vector<StackFrame>& frames) {
    UserCalls calls;
    for (const StackFrame& frame : frames) {
      calls.functions.push_back({frame.function, frame.line});
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
    return frame.object != own_code().object || own_folder().empty() ||
           !frame.file.starts_with(own_folder());
  }

  /// In what holds this very code: libroundtrip.so, or an executable it is linked into.
  const CodePlace& own_code() {
    if (!own_code_) own_code_ = objects_.place_of(own_address());
    return *own_code_;
  }

  /// Where the sources of export/ lay, if debug information tells.
  const std::string& own_folder() {
    if (own_folder_) return *own_folder_;
    own_folder_.emplace();
    for (const auto& frame : symbolizer_.frames_at(own_code().object, own_code().offset)) {
      if (!frame.file.ends_with(kOwnFile)) continue;
      own_folder_ = frame.file.substr(0, frame.file.size() - kOwnFile.size()) + "export/";
    }
    return *own_folder_;
  }

  [[gnu::noinline]] static const void* own_address() { return __builtin_return_address(0); }

  std::mutex mutex_;
  LoadedObjects objects_;
  FileSymbolizer symbolizer_;
  std::optional<FunctionTable> layers_;
  std::map<std::pair<std::string, std::uintptr_t>, CodeAddress> codes_;
  std::unordered_map<const void*, const CodeAddress*> addresses_;  ///< of what is loaded now
  std::optional<CodePlace> own_code_;
  std::optional<std::string> own_folder_;
};

}  // namespace

const CodeAddress* code_at(const void* return_address) {
  return UserCode::instance().at(return_address);
}

const UserCalls& calls_at(const CodeAddress* code) {
  return UserCode::instance().calls_at(code);
}

}  // namespace roundtrip
