#include <ATen/ATen.h>
#include <roundtrip/suite.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace roundtrip;

/// One test for each thing that doctest documents; test_doctest.py says what becomes of it.
class DoctestSuite : public Fixture {};

ROUNDTRIP_PLUGIN("doctest_suite", "1.0", "What doctest's macros do in a TEST");
ROUNDTRIP_SUITE(DoctestSuite, "doctest's macros");

namespace {

struct NoStdException {};

void throw_number() {
  throw 7;
}
void throw_error() {
  throw std::runtime_error("an error");
}

REGISTER_EXCEPTION_TRANSLATOR(NoStdException&) {
  return "no std exception";
}

}  // namespace

TEST(DoctestSuite, test_fail) {
  FAIL("it ", 1, " fails");
  std::cout << "not reached" << std::endl;
}
TEST(DoctestSuite, test_fail_check) {
  FAIL_CHECK("it fails");
  std::cout << "reached" << std::endl;
}
TEST(DoctestSuite, test_add_fail_at) {
  ADD_FAIL_AT("elsewhere.cpp", 12, "it fails there");
}
TEST(DoctestSuite, test_add_fail_check_at) {
  ADD_FAIL_CHECK_AT("elsewhere.cpp", 12, "it fails there");
  std::cout << "reached" << std::endl;
}
TEST(DoctestSuite, test_message) {
  MESSAGE("it says ", 1);
  ADD_MESSAGE_AT("elsewhere.cpp", 12, "and there");
}
TEST(DoctestSuite, test_warn) {
  WARN(1 + 1 == 3);
  WARN_FALSE(true);
  WARN_THROWS(static_cast<void>(0));
  WARN_MESSAGE(false, "in words");
  WARN_EQ(1, 2);
}
TEST(DoctestSuite, test_info) {
  const int i = 3;
  INFO("outer ", 1);
  { INFO("gone"); }
  CAPTURE(i);
  CHECK(i == 4);
  CHECK(i == 3);
}
TEST(DoctestSuite, test_info_of_exception) {
  INFO("outer");
  INFO("inner");
  throw_error();
}
TEST(DoctestSuite, test_check_message) {
  CHECK_MESSAGE(false, "because of ", 5);
  CHECK_FALSE_MESSAGE(true, "as well");
  REQUIRE_MESSAGE(false, "and it ends");
}
TEST(DoctestSuite, test_binary) {
  CHECK_EQ(1, 2);
  CHECK_GT(1, 2);
  CHECK_UNARY(false);
  CHECK_UNARY_FALSE(true);
  CHECK(0.1 + 0.2 == doctest::Approx(0.4));
  REQUIRE_NE(1, 1);
}
TEST(DoctestSuite, test_error_of_torch) {
  CHECK_NOTHROW(at::ones({2}).matmul(at::ones({3})));
  at::ones({4}).matmul(at::ones({5}));
}
TEST(DoctestSuite, test_throws) {
  CHECK_THROWS(static_cast<void>(0));
  CHECK_THROWS_AS(throw_error(), std::logic_error);
  CHECK_THROWS_WITH(throw_error(), "another");
  CHECK_THROWS_WITH(throw_error(), doctest::Contains("error"));
  CHECK_THROWS_WITH_AS(throw_error(), "an error", std::runtime_error);
  CHECK_NOTHROW(throw_error());
  CHECK_THROWS_AS(static_cast<void>(0), std::logic_error);
  CHECK((throw_error(), true));
}
TEST(DoctestSuite, test_translated) {
  throw NoStdException{};
}
TEST(DoctestSuite, test_not_translated) {
  throw_number();
}

TEST(DoctestSuite, test_subcases) {
  std::cout << "start" << std::endl;
  SUBCASE("a") {
    SUBCASE("one") {
    }
    SUBCASE("two") {
      CHECK(1 == 2);
    }
  }
  SUBCASE("b") {
    throw_error();
  }
}
TEST(DoctestSuite, test_subcase_ends) {
  SUBCASE("c") {
    REQUIRE(2 == 3);
    SUBCASE("not reached") {
    }
  }
  SUBCASE("not reached either, as in doctest") {
  }
}
TEST(DoctestSuite, test_subcases_pass) {
  std::vector<int> numbers;
  SUBCASE("filled") {
    numbers.push_back(1);
  }
  SUBCASE("empty") {
  }
  CHECK(numbers.size() < 2);
}
TEST(DoctestSuite, test_scenario) {
  GIVEN("a number") {
    WHEN("it is doubled") {
      THEN("it is even") {
        CHECK(3 % 2 == 0);
      }
    }
  }
}
TEST(DoctestSuite, test_subcase_skips) {
  SUBCASE("runs") {
  }
  SUBCASE("does not") {
    t.skip("not here");
  }
}
TEST(DoctestSuite, test_subcase_that_depends_on_an_earlier_run) {
  static int runs = 0;
  if (++runs > 1) return;
  SUBCASE("first") {
  }
  SUBCASE("second") {
  }
}
TEST(DoctestSuite, test_subcases_of_a_loop) {
  for (int i = 0; i < 3; ++i) {
    SUBCASE("same") {
    }
  }
}
TEST(DoctestSuite, test_threads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i] {
      CAPTURE(i);
      for (int k = 0; k < 100; ++k) CHECK(i == -1);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(DoctestSuite, test_forked) {
  const pid_t child = ::fork();
  if (child == 0) {
    CHECK(1 == 2);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

TEST(DoctestSuite, test_fails_then_skips) {
  CHECK(1 == 2);
  t.skip("too late");
}

class SkippingSuite : public Fixture {
 public:
  void tear_down(TestContext& t) override { t.skip("too late"); }
};
ROUNDTRIP_SUITE(SkippingSuite, "tear_down skips");
TEST(SkippingSuite, test_fails) {
  CHECK(1 == 2);
}
TEST(SkippingSuite, test_passes) {
}

class ThrowingSuite : public Fixture {
 public:
  void tear_down(TestContext&) override { throw std::runtime_error("cannot be torn down"); }
};
ROUNDTRIP_SUITE(ThrowingSuite, "tear_down throws");
TEST(ThrowingSuite, test_throws) {
  throw_error();
}
TEST(ThrowingSuite, test_fails) {
  REQUIRE(1 == 2);
}
TEST(ThrowingSuite, test_skips) {
  t.skip("there is a reason");
}

class UnpreparedSuite : public Fixture {
 public:
  void set_up(TestContext&) override { throw std::runtime_error("cannot be set up"); }
  void tear_down(TestContext&) override { FAIL("torn down what was not set up"); }
};
ROUNDTRIP_SUITE(UnpreparedSuite, "set_up throws");
TEST(UnpreparedSuite, test_body) {
  FAIL("the body ran");
}
