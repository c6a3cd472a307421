#include "support/stack_trace.h"

#include <doctest/doctest.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>

#include "support/function_table.h"

using namespace roundtrip;

namespace user {

using Stack = std::vector<const void*>;

[[gnu::noinline]] Stack inner() {
  Stack stack = current_stack();
  return stack;
}
constexpr int kInnerLine = __LINE__ - 3;

[[gnu::always_inline]] inline Stack inlined() {
  Stack stack = inner();
  return stack;
}
constexpr int kInlinedLine = __LINE__ - 3;

[[gnu::noinline]] Stack outer() {
  Stack stack = inlined();
  stack.push_back(nullptr);
  return stack;
}
constexpr int kOuterLine = __LINE__ - 4;

}  // namespace user

namespace {

std::vector<StackFrame> frames_of(const user::Stack& stack) {
  Symbolizer symbolizer;
  std::vector<StackFrame> frames;
  for (const void* address : stack) {
    const auto& found = symbolizer.frames_at(address);
    frames.insert(frames.end(), found.begin(), found.end());
  }
  return frames;
}

}  // namespace

TEST_CASE("a stack has the calls under way, inlined ones too, with their lines") {
  const auto frames = frames_of(user::outer());
  REQUIRE(frames.size() > 3);
  CHECK(frames[0].function == "user::inner");
  CHECK(frames[0].line == user::kInnerLine);
  CHECK(frames[1].function.ends_with("inlined"));
  CHECK(frames[1].line == user::kInlinedLine);
  CHECK(frames[2].function == "user::outer");
  CHECK(frames[2].line == user::kOuterLine);
  for (int i = 0; i < 3; ++i) {
    CHECK(frames[i].file.ends_with("tests/support/stack_trace_test.cpp"));
    CHECK(frames[i].object.ends_with("support_test"));
    CHECK(frames[i].offset > 0);
  }
}

TEST_CASE("a function without debug information has its name") {
  const auto frames = frames_of(user::outer());
  const auto main = std::find_if(frames.begin(), frames.end(), [](const StackFrame& frame) {
    return frame.function == "doctest::Context::run";
  });
  REQUIRE(main != frames.end());
  CHECK(main->file.empty());
  CHECK(main->line == 0);
}

TEST_CASE("places in files have the calls that the process has at these addresses") {
  FileSymbolizer files;
  for (const auto& frame : frames_of({user::outer()[0]})) {
    const auto found = files.frames_at(frame.object, frame.offset);
    REQUIRE(found.size() == 1);
    CHECK(found[0].function == "user::inner");
    CHECK(found[0].line == user::kInnerLine);
    CHECK(found[0].file == frame.file);
    CHECK(found[0].object == frame.object);
    CHECK(found[0].offset == frame.offset);
  }
}

TEST_CASE("of what is no code file only the place is known") {
  FileSymbolizer files;
  for (const char* file : {"/no/such/library.so", "/dev/zero", "/", __FILE__, ""}) {
    const auto frames = files.frames_at(file, 5);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].function.empty());
    CHECK(frames[0].object == file);
    CHECK(frames[0].offset == 5);
  }
}

TEST_CASE("a stack ends where it is told to") {
  const int here = 0;
  const auto whole = current_stack();
  const auto part = current_stack(&here);
  CHECK(part.size() >= 1);
  CHECK(part.size() < whole.size());
}

TEST_CASE("an address that lies in no library has one frame that says nothing") {
  const auto* nowhere = reinterpret_cast<const void*>(std::uintptr_t{64});
  LoadedObjects objects;
  objects.refresh();
  CHECK(objects.place_of(nowhere).object.empty());
  Symbolizer symbolizer;
  const auto& frames = symbolizer.frames_at(nowhere);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].function.empty());
  CHECK(frames[0].object.empty());
}

TEST_CASE("what is loaded is looked for again only where libraries were loaded") {
  LoadedObjects objects;
  CHECK(objects.refresh());
  CHECK_FALSE(objects.refresh());
}

TEST_CASE("the place of an address of a library says what it is when the library has gone") {
  void* library = ::dlopen("libresolv.so.2", RTLD_NOW);
  REQUIRE(library != nullptr);
  const auto* function = static_cast<const char*>(::dlsym(library, "ns_format_ttl"));
  REQUIRE(function != nullptr);
  LoadedObjects objects;
  objects.refresh();
  const CodePlace place = objects.place_of(function + 2);
  ::dlclose(library);
  CHECK(objects.refresh());
  CHECK(objects.place_of(function + 2).object.empty());
  const auto frames = FileSymbolizer().frames_at(place.object, place.offset);
  REQUIRE(!frames.empty());
  CHECK(frames.back().function.find("ns_format_ttl") != std::string::npos);
  CHECK(
      FunctionTable(place.object, "ns_format").function_at(place.offset).starts_with("ns_format"));
  CHECK(FunctionTable(place.object, "other").function_at(place.offset).empty());
}

TEST_CASE("a call keeps its frame while it lasts") {
  const auto frames = [] {
    std::vector<std::uintptr_t> found;
    for (int i = 0; i < 2; ++i) found.push_back(current_calls().calls.front().frame);
    return found;
  }();
  CHECK(frames[0] == frames[1]);
  const CallStack stack = current_calls();
  CHECK(stack.is_whole);
  CHECK(std::is_sorted(stack.calls.begin(), stack.calls.end(),
                       [](const StackCall& l, const StackCall& r) { return l.frame < r.frame; }));
}
