#include "runner/process/backtrace.h"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <link.h>

#include <cstdlib>
#include <exception>

using namespace roundtrip;

namespace user {

int answer() {
  return 42;
}

}  // namespace user

namespace {

/// The frame of a function that this process has loaded.
template <typename Function>
std::string frame_of(Function* function) {
  Dl_info info;
  link_map* object = nullptr;
  const auto* address = reinterpret_cast<const void*>(function);
  REQUIRE(::dladdr1(address, &info, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) != 0);
  const std::string file = *object->l_name == '\0' ? "/proc/self/exe" : object->l_name;
  return fmt::format("{:x} {}", reinterpret_cast<std::uintptr_t>(address) - object->l_addr, file);
}

/// A library of which nothing is known.
const std::string kUnknown = "1234 /no/such/library.so";

}  // namespace

TEST_CASE("a frame has its function and library, or its place where that is all there is") {
  CHECK(readable_backtrace({frame_of(&user::answer), kUnknown}) ==
        "user::answer in exe\nlibrary.so+0x1234");
}

TEST_CASE("calls of the C++ library in a row are one line") {
  const std::string inner = frame_of(&std::terminate), outer = frame_of(&std::get_terminate);
  CHECK(readable_backtrace({inner, outer, kUnknown}) ==
        "std::get_terminate in libstdc++.so.6 (and 1 call within)\nlibrary.so+0x1234");
  CHECK(readable_backtrace({inner, kUnknown, outer, kUnknown}) ==
        "std::terminate in libstdc++.so.6\nlibrary.so+0x1234\n"
        "std::get_terminate in libstdc++.so.6\nlibrary.so+0x1234");
}

TEST_CASE("a recursion is told once") {
  CHECK(readable_backtrace({kUnknown, kUnknown, kUnknown, "5 /no/such/library.so"}) ==
        "library.so+0x1234 (3 times)\nlibrary.so+0x5");
}

TEST_CASE("what starts a thread is left out, unless there is nothing else") {
  const std::string libc = frame_of(&std::abort), library = frame_of(&std::terminate);
  CHECK(readable_backtrace({kUnknown, library, libc}) == "library.so+0x1234");
  CHECK(readable_backtrace({libc}).starts_with("abort "));  // in libc, or at a line of it
}

TEST_CASE("what no crash handler wrote is left as it is, and no pipe is opened") {
  CHECK(readable_backtrace({}) == "");
  CHECK(readable_backtrace({"()", "12", "x y", " "}) == "()\n12\nx y\n ");
  CHECK(readable_backtrace({"10 /dev/stdin", "10 /dev/zero", "10 "}) ==
        "stdin+0x10\nzero+0x10\n+0x10");
}
