#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

/// Stacks of C++ calls: recorded cheaply as addresses, and put into words later.

namespace roundtrip {

class FileDebugInfo;

/// A call that is under way.
struct StackFrame {
  std::string function{};  ///< `Net::forward`; empty if not even that is known
  std::string file{};      ///< of the source; empty without debug information
  int line = 0;
  std::string object{};       ///< the executable's or shared library's path
  std::uintptr_t offset = 0;  ///< of the code in the object
};

/// A call that is under way, as cheaply as it can be told.
struct StackCall {
  const void* address = nullptr;  ///< in its code, to which what it calls returns
  std::uintptr_t frame = 0;       ///< where on the stack it keeps its own: the same while it lasts
};

/// The calls under way on this thread, innermost first, without this one.
struct CallStack {
  std::vector<StackCall> calls{};
  bool is_whole = false;  ///< false where a call could not be followed to its caller
};

/// Calls below `outermost`, an address on the stack, are left out. Takes about a fifth of a
/// microsecond a call.
CallStack current_calls(const void* outermost = nullptr);

/// The addresses of these calls.
std::vector<const void*> current_stack(const void* outermost = nullptr);

/// A place in the code of an executable or library, counted from where that is loaded.
struct CodePlace {
  std::string object{};  ///< the file's path; empty if there is none
  std::uintptr_t offset = 0;
};

/// The executable and the libraries that this process has loaded. One thread at a time.
class LoadedObjects {
 public:
  /// Returns true if libraries were loaded or unloaded since the last call: other code may be at
  /// the same addresses now.
  bool refresh();

  /// Where the code is that an address lies in, as of the last `refresh`. Reads no file.
  CodePlace place_of(const void* return_address) const;

 private:
  struct Range {
    std::uintptr_t begin;
    std::uintptr_t end;
    std::uintptr_t base;
    std::size_t object;
  };

  unsigned long long changes_ = 0;  ///< loads and unloads at the last refresh
  std::vector<std::string> objects_;
  std::vector<Range> ranges_;  ///< in order
};

/// Says what is at places in executables and libraries. One thread at a time.
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

/// Says what is at return addresses of this process. Each address is looked up once. One
/// thread at a time.
class Symbolizer {
 public:
  /// The calls of one return address, innermost first: several where calls were inlined.
  /// Reads the object's debug information, if it has some, at the first call.
  const std::vector<StackFrame>& frames_at(const void* return_address);

 private:
  LoadedObjects objects_;
  FileSymbolizer files_;
  std::unordered_map<const void*, std::vector<StackFrame>> frames_;
};

}  // namespace roundtrip
