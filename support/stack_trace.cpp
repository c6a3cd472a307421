#include "support/stack_trace.h"

#include <link.h>
#include <sys/stat.h>
#include <unwind.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "support/debug_info.h"

namespace roundtrip {
namespace {

struct Walk {
  CallStack& stack;
  std::uintptr_t outermost;
};

/// libgcc says of a call where the frame ends of what it called: a call's own frame begins where
/// its caller's says that.
_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  auto& [stack, outermost] = *static_cast<Walk*>(argument);
  const auto frame = static_cast<std::uintptr_t>(_Unwind_GetCFA(context));
  if (!stack.calls.empty()) stack.calls.back().frame = frame;
  if (outermost != 0 && frame > outermost) {
    stack.is_whole = true;
    return _URC_END_OF_STACK;
  }
  const auto address = static_cast<std::uintptr_t>(_Unwind_GetIP(context));
  if (address != 0) stack.calls.push_back({reinterpret_cast<const void*>(address), frame});
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

/// The path of a loaded file without links; the executable's name is empty.
std::string path_of(const std::string& name) {
  std::error_code error;
  const std::filesystem::path path = name.empty() ? "/proc/self/exe" : name;
  const std::string found = std::filesystem::canonical(path, error).string();
  return error ? name : found;
}

}  // namespace

[[gnu::noinline]] CallStack current_calls(const void* outermost) {
  CallStack stack;
  stack.calls.reserve(64);
  Walk walk{stack, reinterpret_cast<std::uintptr_t>(outermost)};
  _Unwind_Backtrace(visit, &walk);
  if (outermost == nullptr) stack.is_whole = true;
  if (!stack.calls.empty()) stack.calls.erase(stack.calls.begin());
  return stack;
}

std::vector<const void*> current_stack(const void* outermost) {
  std::vector<const void*> addresses;
  for (const StackCall& call : current_calls(outermost).calls) addresses.push_back(call.address);
  if (!addresses.empty()) addresses.erase(addresses.begin());
  return addresses;
}

bool LoadedObjects::refresh() {
  const unsigned long long changes = library_changes();
  if (changes == changes_) return false;
  changes_ = changes;
  objects_.clear();
  ranges_.clear();
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        auto& self = *static_cast<LoadedObjects*>(result);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
          self.ranges_.push_back(
              {begin, begin + segment.p_memsz, info->dlpi_addr, self.objects_.size()});
        }
        self.objects_.push_back(path_of(info->dlpi_name));
        return 0;
      },
      this);
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& left, const Range& right) { return left.begin < right.begin; });
  return true;
}

CodePlace LoadedObjects::place_of(const void* return_address) const {
  // A return address is behind the call, and may be behind the function.
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(return_address) - 1;
  const auto next = std::upper_bound(
      ranges_.begin(), ranges_.end(), address,
      [](std::uintptr_t wanted, const Range& range) { return wanted < range.begin; });
  if (next == ranges_.begin() || address >= std::prev(next)->end) return {};
  return {objects_[std::prev(next)->object], address - std::prev(next)->base};
}

const std::vector<StackFrame>& Symbolizer::frames_at(const void* return_address) {
  if (objects_.refresh()) frames_.clear();
  const auto [entry, is_new] = frames_.try_emplace(return_address);
  if (is_new) {
    const CodePlace place = objects_.place_of(return_address);
    entry->second = files_.frames_at(place.object, place.offset);
  }
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
