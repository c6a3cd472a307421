#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

/// Stacks of C++ calls: recorded cheaply as addresses, and put into words later.

namespace roundtrip {

class DebugInfo;
class FileDebugInfo;

/// A call that is under way.
struct StackFrame {
  std::string function{};  ///< `Net::forward`; empty if not even that is known
  std::string file{};      ///< of the source; empty without debug information
  int line = 0;
  std::string object{};       ///< the executable's or shared library's path
  std::uintptr_t offset = 0;  ///< of the code in the object
};

/// Return addresses of the calls under way on this thread, innermost first, without
/// this one. Those below `outermost`, an address on the stack, are left out. Takes about
/// a fifth of a microsecond a call.
std::vector<const void*> current_stack(const void* outermost = nullptr);

/// Says what is at return addresses of this process. Each address is looked up once. One
/// thread at a time.
class Symbolizer {
 public:
  Symbolizer();
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  /// Forgets everything, and returns true, if libraries were loaded or unloaded since the
  /// last call: other code may be at the same addresses now.
  bool refresh();

  /// The path of the executable or library that the address lies in; empty if in none.
  /// Cheap: nothing is read for it.
  std::string object_at(const void* return_address);

  /// The calls of one return address, innermost first: several where calls were inlined.
  /// Reads the object's debug information, if it has some, at the first call.
  const std::vector<StackFrame>& frames_at(const void* return_address);

 private:
  DebugInfo& debug_info();

  std::unique_ptr<DebugInfo> debug_info_;
  unsigned long long loads_ = 0;  ///< of libraries, and unloads, at the last refresh
  std::unordered_map<const void*, std::vector<StackFrame>> frames_;
};

/// Says what is at places in executables and libraries that other processes have loaded. One
/// thread at a time.
class FileSymbolizer {
 public:
  FileSymbolizer();
  ~FileSymbolizer();
  FileSymbolizer(const FileSymbolizer&) = delete;
  FileSymbolizer& operator=(const FileSymbolizer&) = delete;

  /// The calls at a place in the file's code, counted from where it is loaded, innermost first.
  /// The file is read at the first call, and when it has changed since; if it has gone, the frame
  /// says no more than the call does.
  std::vector<StackFrame> frames_at(const std::string& file, std::uintptr_t offset);

 private:
  struct Entry;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace roundtrip
