#include "runner/process/throw_site.h"

#include <dlfcn.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <typeinfo>

#include "runner/process/crash_handler.h"

namespace roundtrip {

namespace {

struct ThrowSite {
  const void* object = nullptr;
  std::array<void*, 64> addresses{};
  int count = 0;
};

thread_local ThrowSite last;
bool is_remembering = false;

}  // namespace

void remember_throws() {
  is_remembering = true;
}

}  // namespace roundtrip

/// Stands before the C++ library's `__cxa_throw`, which it calls. The name is given to the linker
/// only: the compiler has a declaration of its own.
extern "C" [[gnu::visibility("default"), noreturn]] void roundtrip_throw(
    void* object, std::type_info* type, void (*destroy)(void*)) __asm__("__cxa_throw");

extern "C" void roundtrip_throw(void* object, std::type_info* type, void (*destroy)(void*)) {
  using Throw = void (*)(void*, std::type_info*, void (*)(void*));
  static const auto real = reinterpret_cast<Throw>(::dlsym(RTLD_NEXT, "__cxa_throw"));
  if (roundtrip::is_remembering) {
    auto& last = roundtrip::last;
    last.object = object;
    last.count = ::backtrace(last.addresses.data(), static_cast<int>(last.addresses.size()));
  }
  real(object, type, destroy);
  std::abort();  // it does not return
}

extern "C" [[gnu::visibility("default")]] std::size_t roundtrip_throw_site(const void* object,
                                                                           const void** addresses,
                                                                           std::size_t most) {
  const auto& last = roundtrip::last;
  if (object == nullptr || last.object != object || last.count < 1) return 0;
  const std::size_t count = std::min(most, static_cast<std::size_t>(last.count - 1));
  std::copy_n(last.addresses.begin() + 1, count, addresses);  // without __cxa_throw itself
  return count;
}

extern "C" [[gnu::visibility("default")]] void roundtrip_left_test(const void* object) {
  std::array<const void*, 64> addresses{};
  const std::size_t count = roundtrip_throw_site(object, addresses.data(), addresses.size());
  roundtrip::write_throw({addresses.data(), count});
}
