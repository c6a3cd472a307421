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

namespace roundtrip::detail {

int run_with_fixture() {
  return 1;
}
int run_phase() {
  return 2;
}

}  // namespace roundtrip::detail

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

std::string text_of(const std::vector<std::string>& frames) {
  return readable_backtrace({{"", frames}});
}

/// A library of which nothing is known.
const std::string kUnknown = "1234 /no/such/library.so";

}  // namespace

TEST_CASE("a frame has its function and library, or its place where that is all there is") {
  const std::string text = text_of({frame_of(&user::answer), kUnknown});
  CAPTURE(text);
  // With debug information, it has the line.
  CHECK((text.starts_with("user::answer in exe\n") || text.starts_with("user::answer at ")));
  CHECK(text.ends_with("\nlibrary.so+0x1234"));
}

TEST_CASE("calls of the C++ library in a row are one line") {
  const std::string inner = frame_of(&std::terminate), outer = frame_of(&std::get_terminate);
  CHECK(text_of({inner, outer, kUnknown}) ==
        "std::get_terminate in libstdc++.so.6 (and 1 call within)\nlibrary.so+0x1234");
  const std::string nameless = "0" + outer.substr(outer.find(' '));
  CHECK(text_of({nameless, outer, kUnknown}) ==
        "std::get_terminate in libstdc++.so.6 (and 1 call within)\nlibrary.so+0x1234");
  CHECK(text_of({inner, kUnknown, outer, kUnknown}) ==
        "std::terminate in libstdc++.so.6\nlibrary.so+0x1234\n"
        "std::get_terminate in libstdc++.so.6\nlibrary.so+0x1234");
}

TEST_CASE("a recursion is told once") {
  CHECK(text_of({kUnknown, kUnknown, kUnknown, "5 /no/such/library.so"}) ==
        "library.so+0x1234 (3 times)\nlibrary.so+0x5");
}

TEST_CASE("what starts a thread is left out, unless there is nothing else") {
  const std::string libc = frame_of(&std::abort), library = frame_of(&std::terminate);
  CHECK(text_of({kUnknown, library, libc}) == "library.so+0x1234");
  CHECK(text_of({libc}).starts_with("abort "));  // in libc, or at a line of it
}

TEST_CASE("what runs a test is left out, and all that is outside of it") {
  for (const auto& runs : {frame_of(&detail::run_with_fixture), frame_of(&detail::run_phase)}) {
    CHECK(text_of({kUnknown, runs, "5 /no/such/library.so"}) == "library.so+0x1234");
  }
}

TEST_CASE("what no crash handler wrote is left as it is, and no pipe is opened") {
  CHECK(readable_backtrace({}) == "");
  CHECK(text_of({"()", "12", "x y", " "}) == "()\n12\nx y\n ");
  CHECK(text_of({"10 /dev/stdin", "10 /dev/zero", "10 "}) == "stdin+0x10\nzero+0x10\n+0x10");
}

TEST_CASE("threads have their names, and those that do the same are told of together") {
  const std::string other = "5 /no/such/library.so";
  CHECK(readable_backtrace({{"main (1)", {kUnknown, other}}, {"idle (2)", {other}}}) ==
        "thread main (1):\n  library.so+0x1234\n  library.so+0x5\n"
        "thread idle (2):\n  library.so+0x5");
  std::vector<ThreadStack> stacks;
  for (const char* name : {"a (1)", "b (2)", "c (3)", "d (4)", "e (5)"}) {
    stacks.push_back({name, {other}});
  }
  CHECK(readable_backtrace(stacks) == "threads a (1), b (2), c (3) and 2 more:\n  library.so+0x5");
  CHECK(readable_backtrace({{"mute (1)", {}}, {"main (2)", {other}}}) ==
        "thread mute (1):\nthread main (2):\n  library.so+0x5");
}
