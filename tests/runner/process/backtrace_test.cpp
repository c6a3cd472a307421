#include "runner/process/backtrace.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("frames are made readable: demangled, with the library's name, without the machinery") {
  const std::string text = readable_backtrace({
      "/bin/roundtrip(_ZN9roundtripL12handle_crashEi+0x20) [0x1]",
      "/lib/libsuite.so(_ZN4Test4bodyEi+0x1f) [0x2]",
      "/no/such/library.so(+0x1234) [0x3]",
      "/lib/libc.so.6(abort+0xd3) [0x4]",
      "something else",
  });
  CHECK(text ==
        "Test::body(int)+0x1f in libsuite.so\n"
        "library.so+0x1234\n"
        "abort+0xd3 in libc.so.6\n"
        "something else");
}

TEST_CASE("what no crash handler wrote is left as it is") {
  CHECK(readable_backtrace({}) == "");
  CHECK(readable_backtrace({"()", "(+)", "x(", "x)("}) == "+\nx(\nx)(");
}
