#include <ATen/ATen.h>
#include <roundtrip/suite.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

using namespace roundtrip;

ROUNDTRIP_PLUGIN("scope_suite", "1.0", "Cases, conditions and what is done once for a suite");

/// Tests with cases, and conditional marks.
class CaseSuite : public Fixture {};
ROUNDTRIP_SUITE(CaseSuite, "Cases and conditions");

struct Size {
  std::int64_t rows, columns;
};

std::vector<Case<std::string>> computed_cases() {
  std::vector<Case<std::string>> table;
  for (const char* word : {"a", "b"}) table.push_back({word, std::string(3, *word)});
  return table;
}

TEST_P(CaseSuite, test_size,
       cases<Size>({{"square", {2, 2}},
                    {"wide", {2, 3}, {xfail("first", {.reason = "it is not square"})}},
                    {"tall", {3, 2}, {skip_if(true, "tall ones are left out")}}}),
       tag("size")) {
  CHECK(at::ones({param.rows, param.columns}).size(0) == param.columns);
}
TEST_P(CaseSuite, test_computed, computed_cases()) {
  std::cout << param << std::endl;
}
TEST(CaseSuite, test_skipped_if, skip_if(true, "the first reason"), skip_if(true, "another")) {
  FAIL("it runs");
}
TEST(CaseSuite, test_not_skipped, skip_if(false, "no reason"), xfail_if(false, "first")) {
}
TEST(CaseSuite, test_xfail_if, xfail_if(true, "first")) {
  CHECK(false);
}

/// What is made once is there in each test, as it was.
class ScopeSuite : public Fixture {
 public:
  static void set_up_suite(const OptionValues& options) {
    std::cout << "set up once" << std::endl;
    weights = at::rand({4});
    word = options.text("word");
  }
  static void tear_down_suite() {
    std::cerr << "torn down with " << changes << " changes" << std::endl;
  }
  static inline at::Tensor weights;
  static inline std::string word;
  static inline int changes = 0;
};
ROUNDTRIP_SUITE(ScopeSuite, "A fixture of the suite", option("word", "hello", "what it says"));

TEST_P(ScopeSuite, test_sees, cases<int>({{"one", 1}, {"two", 2}})) {
  std::cout << weights.sum().item<double>() << " " << word << std::endl;
  weights.zero_();
  CHECK(++changes == 1);
}

#define SCOPE_SUITE(Class, ...)                                                             \
  class Class : public Fixture {                                                            \
   public:                                                                                  \
    static void set_up_suite([[maybe_unused]] const OptionValues& options) { __VA_ARGS__; } \
  };                                                                                        \
  ROUNDTRIP_SUITE(Class, "A set-up that ends otherwise");                                   \
  TEST(Class, test_first) {                                                                 \
    FAIL("it runs");                                                                        \
  }                                                                                         \
  TEST(Class, test_second, xfail("first")) {                                                \
    FAIL("it runs");                                                                        \
  }

SCOPE_SUITE(FailingScope, CHECK(1 + 1 == 3))
SCOPE_SUITE(ThrowingScope, throw std::runtime_error("no model"))
SCOPE_SUITE(SkippedScope, skip_suite("there is no model"))
SCOPE_SUITE(ThreadScope,
            std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach())
SCOPE_SUITE(CrashingScope, std::abort())
SCOPE_SUITE(HangingScope, std::this_thread::sleep_for(std::chrono::hours(1)))

/// Its end fails.
class BadEnd : public Fixture {
 public:
  static void tear_down_suite() { throw std::runtime_error("the folder is not empty"); }
};
ROUNDTRIP_SUITE(BadEnd, "A tear-down that fails");
TEST(BadEnd, test_passes) {
}
