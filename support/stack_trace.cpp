#include "support/stack_trace.h"

#include <link.h>
#include <sys/stat.h>
#include <unwind.h>

#include <tuple>

#include "support/debug_info.h"

namespace roundtrip {
namespace {

struct Walk {
  std::vector<const void*>& addresses;
  std::uintptr_t outermost;
};

_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  if (walk.outermost != 0 && _Unwind_GetCFA(context) > walk.outermost) return _URC_END_OF_STACK;
  const auto address = static_cast<std::uintptr_t>(_Unwind_GetIP(context));
  if (address != 0) walk.addresses.push_back(reinterpret_cast<const void*>(address));
  return _URC_NO_REASON;
}

/// How often libraries were loaded and unloaded so far.
unsigned long long library_changes() {
  unsigned long long changes = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<unsigned long long*>(result) = info->dlpi_adds + info->dlpi_subs;
        return 1;
      },
      &changes);
  return changes;
}

}  // namespace

std::vector<const void*> current_stack(const void* outermost) {
  std::vector<const void*> addresses;
  addresses.reserve(64);
  Walk walk{addresses, reinterpret_cast<std::uintptr_t>(outermost)};
  _Unwind_Backtrace(visit, &walk);
  if (!addresses.empty()) addresses.erase(addresses.begin());
  return addresses;
}

Symbolizer::Symbolizer() = default;
Symbolizer::~Symbolizer() = default;

bool Symbolizer::refresh() {
  const unsigned long long loads = library_changes();
  if (loads == loads_) return false;
  loads_ = loads;
  debug_info_.reset();
  frames_.clear();
  return true;
}

DebugInfo& Symbolizer::debug_info() {
  if (!debug_info_) debug_info_ = std::make_unique<DebugInfo>();
  return *debug_info_;
}

std::string Symbolizer::object_at(const void* return_address) {
  return debug_info().object_at(return_address);
}

const std::vector<StackFrame>& Symbolizer::frames_at(const void* return_address) {
  const auto [entry, is_new] = frames_.try_emplace(return_address);
  if (is_new) entry->second = debug_info().frames_at(return_address);
  return entry->second;
}

namespace {

/// Tells a rebuilt file from the earlier one.
using FileState = std::tuple<dev_t, ino_t, off_t, time_t, long>;

FileState state_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec};
}

}  // namespace

struct FileSymbolizer::Entry {
  FileState state;
  FileDebugInfo info;
};

FileSymbolizer::FileSymbolizer() = default;
FileSymbolizer::~FileSymbolizer() = default;

std::vector<StackFrame> FileSymbolizer::frames_at(const std::string& file, std::uintptr_t offset) {
  const FileState state = state_of(file);
  auto& entry = entries_[file];
  if (!entry || entry->state != state) {
    entry = std::make_unique<Entry>(Entry{state, FileDebugInfo(file)});
  }
  return entry->info.frames_at(offset);
}

}  // namespace roundtrip
